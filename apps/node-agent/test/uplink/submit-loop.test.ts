import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { systemClock } from '@mesh/host';
import { FakeClock, waitUntil } from '@mesh/host/test-kit';
import { encodeBase64, parseMeshId, parseNodeId } from '@mesh/primitives';
import { type BenchmarkMessage, benchmarkMessage, problem, verifyMessage } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import { SequenceFile } from '../../src/identity/sequence-file.ts';
import type { Measurement } from '../../src/measure/result/measurement.ts';
import { backoffMs } from '../../src/uplink/channel/backoff.ts';
import { createFileSpool } from '../../src/uplink/submit/spool.ts';
import { SubmitLoop } from '../../src/uplink/submit/submit-loop.ts';
import {
  enrolledMember,
  hastyTimers,
  type Member,
  newKemKeys,
  silent,
  startController,
} from '../support/agent-fixtures.ts';
import { type Answer, refusal } from '../support/fake-answers.ts';
import { type FakeController, MESH_ID } from '../support/fake-controller.ts';

const measurement = (overall: number, changes: Partial<Measurement> = {}): Measurement => ({
  measuredAtMs: Date.now(),
  suiteVersion: 'suite/1',
  scores: { overall },
  ...changes,
});

const received = (membership = 'ALLOWED'): Answer => ({
  status: 200,
  body: {
    status: 'received',
    node_id: 'self',
    epoch_id: 4,
    membership,
    reason: 'ok',
    reason_code: 'ok',
    server_time_ms: Date.now(),
  },
});

/** The answer of a controller that has `held` as the last sequence. */
function orderedBy(held: number, sequence: number): Answer {
  const highest = Math.max(held + 1, Date.now()) + 24 * 3_600_000;
  if (sequence <= held) return refusal({ ...problem('sequence_replayed', 'too low'), last_sequence: held });
  if (sequence <= highest) return received();
  const numbers = { last_sequence: held, highest_sequence: highest };
  return refusal({ ...problem('sequence_too_far', 'too high'), ...numbers });
}

async function submitter(controller: FakeController, member: Member, wantsSignals = false) {
  const spool = createFileSpool(member.dir.spool);
  const sequences = await SequenceFile.open({
    path: member.dir.sequences,
    nowMs: Date.now,
    onUnsaved: () => undefined,
  });
  const kemKeys = newKemKeys();
  const log: string[] = [];
  const delays: number[] = [];
  const loop = new SubmitLoop(
    {
      meshId: parseMeshId(MESH_ID),
      nodeId: parseNodeId('self'),
      instanceId: 'instance-1',
      sign: member.keys.identity.sign,
    },
    {
      client: member.channel.client,
      sequences,
      spool,
      receipts: { keep: async () => undefined },
      kemKeys,
      wantsSignals: () => wantsSignals,
      timers: hastyTimers,
      controllerClock: new ControllerClock(systemClock),
      random: () => 0.5,
      logger: silent,
    },
    {
      accepted: ({ scores }, answer) =>
        log.push(`accepted ${scores.overall}${answer === undefined ? ' earlier' : ''}`),
      refused: ({ scores }, { code }) => log.push(`refused ${scores.overall} ${code}`),
      postponed: ({ code, retryInMs }) => {
        log.push(`postponed ${code}`);
        delays.push(retryInMs);
      },
    },
  );
  const stop = new AbortController();
  const done = loop.run(stop.signal);
  const end = async () => {
    stop.abort();
    await done;
  };
  onTestFinished(end);
  const messages = () =>
    controller.requests.map(({ body }): BenchmarkMessage => {
      const message = benchmarkMessage.parse(body);
      expect(verifyMessage('benchmark', message, member.keys.identity.publicKey)).toBe(true);
      return message;
    });
  return { loop, log, delays, messages, end, sequences, kemKeys };
}

describe('submitting', () => {
  it.each([
    [true, { latency_ms: 20, error_rate: 0.5 }],
    [false, undefined],
  ])('sends what is said beside the scores only if the controller asks for it (%s)', async (asked, sent) => {
    const controller = await startController();
    controller.onNodeRequest = () => received();
    const { loop, log, messages } = await submitter(controller, await enrolledMember(controller), asked);
    loop.submit(measurement(0.9, { signals: { latency_ms: 20, error_rate: 0.5 } }));
    await waitUntil('it was sent', () => log.length === 1);
    expect(messages()[0]?.signals).toEqual(sent);
  });

  it('sends a signed message with a sequence number above the last one', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    controller.onNodeRequest = () => received();
    const { loop, log, messages } = await submitter(controller, member);
    const attestation = {
      payloadType: 'application/vnd.in-toto+json' as const,
      payload: 'e30=',
      signatures: [{ keyid: 'lab-1', sig: encodeBase64(new Uint8Array(64)) }],
    };
    loop.submit(measurement(0.9, { challenge: 'c1', samples: { overall: 3 }, notes: 'one', attestation }));
    await waitUntil('the first', () => log.length === 1);
    loop.submit(measurement(0.8));
    await waitUntil('the second', () => log.length === 2);
    expect(log).toEqual(['accepted 0.9', 'accepted 0.8']);
    const [first, second] = messages();
    expect(first).toMatchObject({
      scores: { overall: 0.9 },
      challenge: 'c1',
      attestation,
      samples: { overall: 3 },
      instance_id: 'instance-1',
    });
    expect(second?.sequence).toBeGreaterThan(first?.sequence ?? Number.POSITIVE_INFINITY);
  });

  it('continues above the number that the controller has', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const held = Date.now() + 1_000_000;
    controller.onNodeRequest = ({ body }) => {
      const { sequence } = body as BenchmarkMessage;
      return sequence > held
        ? received()
        : refusal({ ...problem('sequence_replayed', 'too low'), last_sequence: held });
    };
    const { loop, log, messages } = await submitter(controller, member);
    loop.submit(measurement(0.9));
    await waitUntil('acceptance', () => log.length === 1);
    expect(log).toEqual(['accepted 0.9']);
    expect(messages().at(-1)?.sequence).toBe(held + 1);
  });

  it.each([
    ['far ahead', Number.MAX_SAFE_INTEGER - 1],
    ['used up', Number.MAX_SAFE_INTEGER],
  ])(
    'with a stored number that is %s continues by itself above the controller’s number',
    async (_what, stored) => {
      const controller = await startController();
      const member = await enrolledMember(controller);
      const held = Date.now() + 1_000_000;
      writeFileSync(member.dir.sequences, JSON.stringify({ benchmark: stored }));
      controller.onNodeRequest = ({ body }) => orderedBy(held, (body as BenchmarkMessage).sequence);
      const { loop, log, messages } = await submitter(controller, member);
      loop.submit(measurement(0.9));
      await waitUntil('acceptance', () => log.length > 0);
      expect(log).toEqual(['accepted 0.9']);
      expect(messages()).toHaveLength(2);
      expect(messages().at(-1)?.sequence).toBe(held + 1);
      // The next run of the agent begins with this.
      expect(JSON.parse(readFileSync(member.dir.sequences, 'utf8'))).toEqual({ benchmark: held + 1 });
    },
  );

  it('whose numbers are used up at both ends works again after a reset', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    let held = Number.MAX_SAFE_INTEGER;
    writeFileSync(member.dir.sequences, JSON.stringify({ benchmark: held }));
    controller.onNodeRequest = ({ body }) => orderedBy(held, (body as BenchmarkMessage).sequence);
    const { loop, log } = await submitter(controller, member);
    loop.submit(measurement(0.9));
    await waitUntil('the postponement', () => log.length > 0);
    expect(log[0]).toBe('postponed sequence_replayed');
    held = Date.now() - 60_000;
    await waitUntil('acceptance', () => log.includes('accepted 0.9'));
  });

  it('repeats an unanswered message with the same number, and takes the replay problem as its receipt', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    let last = 0;
    controller.onNodeRequest = ({ body }) => {
      const { sequence } = body as BenchmarkMessage;
      if (sequence === last) return refusal({ ...problem('sequence_replayed', 'seen'), last_sequence: last });
      last = sequence;
      throw new Error('the answer is lost');
    };
    const { loop, log, messages } = await submitter(controller, member);
    loop.submit(measurement(0.9));
    await waitUntil('acceptance', () => log.some((line) => line.startsWith('accepted')));
    expect(log).toEqual(['postponed unreachable', 'accepted 0.9 earlier']);
    expect(new Set(messages().map(({ sequence }) => sequence)).size).toBe(1);
  });

  it('drops a result that can never be accepted, and does not try it again', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    controller.onNodeRequest = () => refusal(problem('benchmark_stale', 'too old'));
    const { loop, log } = await submitter(controller, member);
    loop.submit(measurement(0.9));
    await waitUntil('the refusal', () => log.length === 1);
    controller.onNodeRequest = () => received();
    loop.submit(measurement(0.7));
    await waitUntil('the next', () => log.length === 2);
    expect(log).toEqual(['refused 0.9 benchmark_stale', 'accepted 0.7']);
    expect(controller.requests).toHaveLength(2);
  });

  it('keeps a result on disk until the controller has it, and a restart sends it', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    controller.onNodeRequest = () =>
      refusal(problem('storage_unavailable', 'later'), { 'retry-after': '60' });
    const first = await submitter(controller, member);
    first.loop.submit(measurement(0.6));
    await waitUntil('the postponement', () => first.log.length === 1);
    // Retry-After is the shortest wait: 60 s and up to a fifth more.
    expect(first.delays).toEqual([66_000]);
    await first.end();
    expect(JSON.parse(readFileSync(member.dir.spool, 'utf8'))).toMatchObject({
      measurement: { scores: { overall: 0.6 } },
    });
    controller.onNodeRequest = () => received();
    const second = await submitter(controller, member);
    await waitUntil('acceptance', () => second.log.length === 1);
    expect(second.log).toEqual(['accepted 0.6']);
    const sequences = controller.requests.map(({ body }) => (body as BenchmarkMessage).sequence);
    expect(new Set(sequences).size).toBe(1);
    await waitUntil('an empty spool', () => !existsSync(member.dir.spool));
  });

  it('replaces a waiting result by a newer one, which does not wait', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    controller.onNodeRequest = () =>
      refusal(problem('storage_unavailable', 'later'), { 'retry-after': '600' });
    const { loop, log, messages } = await submitter(controller, member);
    loop.submit(measurement(0.6));
    await waitUntil('the postponement', () => log.length === 1);
    controller.onNodeRequest = () => received();
    loop.submit(measurement(0.5));
    await waitUntil('acceptance', () => log.length === 2);
    expect(log[1]).toBe('accepted 0.5');
    expect(messages().map(({ scores }) => scores.overall)).toEqual([0.6, 0.5]);
  });
});

describe('the wait before another try', () => {
  it.each([
    [1, 0, 250],
    [1, 0.999999, 500],
    [2, 0, 500],
    [7, 0.999999, 30_000],
    [1_000, 0.999999, 30_000],
  ])('after %d failures and a draw of %d is %d ms', (failures, random, expected) => {
    expect(backoffMs(failures, random, { firstMs: 500, maxMs: 30_000 })).toBe(expected);
  });

  it('is never below what the controller asks for', () => {
    expect(backoffMs(1, 0, { firstMs: 500, maxMs: 30_000 }, 120)).toBe(120_000);
    expect(backoffMs(9, 0.5, { firstMs: 500, maxMs: 30_000 }, 0)).toBe(0);
  });
});

describe('a message', () => {
  it('is dated by the controller’s clock and not by a wrong clock of this machine', async () => {
    const clock = new FakeClock({ nowMs: 1_000_000 });
    const controllerClock = new ControllerClock(clock);
    await controllerClock.measure(
      async () => undefined,
      () => 1_900_000_000_000,
    );
    const sent: BenchmarkMessage[] = [];
    const loop = new SubmitLoop(
      {
        meshId: parseMeshId('m'),
        nodeId: parseNodeId('self'),
        instanceId: 'instance-1',
        sign: () => new Uint8Array(64),
      },
      {
        client: {
          submitBenchmark: async (body) => {
            sent.push(body);
            throw new Error('enough');
          },
        },
        sequences: { next: async () => 7, resumeAbove: async () => undefined },
        kemKeys: newKemKeys(),
        receipts: { keep: async () => undefined },
        wantsSignals: () => false,
        spool: { read: async () => undefined, write: async () => undefined, clear: async () => undefined },
        timers: clock,
        controllerClock,
        random: () => 0,
        logger: silent,
      },
      { accepted: () => undefined, refused: () => undefined, postponed: () => undefined },
    );
    const stop = new AbortController();
    const done = loop.run(stop.signal);
    loop.submit(measurement(1, { measuredAtMs: controllerClock.fromWallMs(clock.nowMs()) }));
    await clock.advance(10);
    expect(sent[0]?.sent_at).toMatch(/^2030-03-17T17:46:40/);
    expect(sent[0]?.timestamp).toMatch(/^2030-03-17T17:46:40/);
    expect(sent[0]?.signature).toBe(encodeBase64(new Uint8Array(64)));
    stop.abort();
    await clock.advance(10);
    await done;
  });
});

describe('the key that configs are sealed to', () => {
  it('is a new one with every accepted benchmark, and is covered by the signature', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    controller.onNodeRequest = () => received();
    const { loop, log, messages } = await submitter(controller, member);
    for (const overall of [0.9, 0.8, 0.7]) {
      const before = log.length;
      loop.submit(measurement(overall));
      await waitUntil('acceptance', () => log.length > before);
    }
    const sent = messages().map(({ kem_public_key }) => kem_public_key);
    expect(sent.every((key) => key?.startsWith('mesh/seal/v1/x-wing:'))).toBe(true);
    expect(new Set(sent).size).toBe(3);
  });

  it('stays the same until the controller has it', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    controller.onNodeRequest = () =>
      refusal(problem('storage_unavailable', 'later'), { 'retry-after': '600' });
    const { loop, log, messages, kemKeys } = await submitter(controller, member);
    for (const overall of [0.9, 0.8, 0.7]) {
      const before = log.length;
      loop.submit(measurement(overall));
      await waitUntil('the postponement', () => log.length > before);
    }
    expect(kemKeys.acknowledgedKeyId()).toBeUndefined();
    expect(new Set(messages().map(({ kem_public_key }) => kem_public_key)).size).toBe(1);
  });
});
