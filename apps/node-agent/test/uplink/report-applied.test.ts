// The reports of what is applied: when they are sent, what is in them, and the effect of a refusal.

import { ed25519SigningKey, renderCheckpoint, verifySignature } from '@mesh/audit';
import { FakeClock } from '@mesh/host/test-kit';
import {
  concatBytes,
  decodeBase64,
  ed25519PublicKey,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  signEd25519,
  uint64be,
} from '@mesh/primitives';
import {
  type AppliedAnswer,
  type AppliedMessage,
  appliedMessage,
  encodePairRows,
  FIGURES_VERSION,
  ProblemError,
  problem,
  verifyMessage,
} from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import type { SequenceKind } from '../../src/identity/sequence-file.ts';
import { logReport } from '../../src/uplink/reports/log-report.ts';
import { AppliedReporter, type AppliedState } from '../../src/uplink/reports/report-applied.ts';
import { silent } from '../support/agent-fixtures.ts';
import { LIES, LOG_ORIGIN, TestLog } from '../support/test-log.ts';
import { knowingLog } from '../support/watched-log.ts';

const SEED = new Uint8Array(32).fill(7);
const EVERY_MS = 30_000;
const AGAIN_MS = 5_000;

const [A, B] = [parseNodeId('a'), parseNodeId('b')];

const NO_TROUBLES = { tunnel: undefined, measurement: undefined, log: undefined };

const applied = (epochId: number): AppliedState => ({
  epochId: parseEpochId(epochId),
  peers: [
    { nodeId: A, epochId: parseEpochId(epochId), handshakeAgeMs: 1_500 },
    { nodeId: B, epochId: null, handshakeAgeMs: null },
  ],
  troubles: NO_TROUBLES,
  toCosign: undefined,
});

/** Before any config has named an epoch. */
const unapplied = (
  troubles: Partial<AppliedState['troubles']>,
  peers: AppliedState['peers'] = [],
): AppliedState => ({
  epochId: null,
  peers,
  troubles: { ...NO_TROUBLES, ...troubles },
  toCosign: undefined,
});

function reporting(
  answer: (message: AppliedMessage) => Partial<AppliedAnswer> | undefined = () => undefined,
) {
  const clock = new FakeClock();
  const sent: AppliedMessage[] = [];
  const cosigned: number[] = [];
  let state: AppliedState | undefined;
  let last = 0;
  const reporter = new AppliedReporter({
    enrolment: () => ({ mesh_id: parseMeshId('m'), node_id: parseNodeId('self') }) as never,
    instanceId: 'instance-1',
    client: {
      reportApplied: async (message) => {
        sent.push(appliedMessage.parse(message));
        return (answer(message) ?? {}) as AppliedAnswer;
      },
    },
    sign: (message) => signEd25519(message, SEED),
    sequences: {
      next: async (_kind: SequenceKind) => ++last,
      resumeAbove: async (_kind: SequenceKind, above: number, highest?: number) => {
        last = highest !== undefined && last > highest ? above : Math.max(last, above);
      },
    },
    controllerClock: new ControllerClock(clock),
    timers: clock,
    logger: silent,
    observe: async () => state,
    cosigned: (head) => void cosigned.push(head.size),
  });
  const stop = new AbortController();
  const done = reporter.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  return {
    sent,
    cosigned,
    reporter,
    say: (next: AppliedState) => {
      state = next;
    },
    nudge: async (next: AppliedState | undefined) => {
      state = next;
      reporter.nudge();
      await clock.advance(0);
    },
    advance: (ms: number) => clock.advance(ms),
  };
}

describe('reports of what is applied', () => {
  it('are signed, and give for each peer the epoch and the age of the handshake, or null if there is none', async () => {
    const { sent, nudge, advance } = reporting();
    await advance(0);
    expect(sent).toEqual([]);
    await nudge(applied(4));
    expect(sent).toMatchObject([
      {
        mesh_id: 'm',
        node_id: 'self',
        instance_id: 'instance-1',
        epoch_id: 4,
        peers: [
          { node_id: 'a', epoch_id: 4, handshake_age_ms: 1_500 },
          { node_id: 'b', epoch_id: null, handshake_age_ms: null },
        ],
      },
    ]);
    expect(verifyMessage('applied', sent[0] as never, ed25519PublicKey(SEED))).toBe(true);
  });

  it('are sent at once when an epoch was applied, again when the other ends have reported it, and every half minute', async () => {
    const { sent, nudge, advance } = reporting();
    const sentAfter = async (ms: number) => {
      await advance(ms);
      return sent.length;
    };
    await nudge(applied(4));
    expect([await sentAfter(AGAIN_MS - 1), await sentAfter(1)]).toEqual([1, 2]);
    expect([await sentAfter(EVERY_MS - 1), await sentAfter(1), await sentAfter(EVERY_MS)]).toEqual([2, 3, 4]);
    await nudge(applied(5));
    expect(sent.map(({ epoch_id }) => epoch_id)).toEqual([4, 4, 4, 4, 5]);
    const sequences = sent.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].sort((a, b) => a - b));
  });

  it('are not sent while there is nothing to report', async () => {
    const { sent, nudge, advance } = reporting();
    await nudge(applied(4));
    await nudge(undefined);
    await advance(3 * EVERY_MS);
    expect(sent).toHaveLength(1);
  });

  it('are answered with what the other ends have set, which counts until it is out of date', async () => {
    const answers: (Partial<AppliedAnswer> | undefined)[] = [
      undefined,
      { differing: [{ node_id: B, epoch_id: parseEpochId(3) }] },
      { differing: [{ node_id: A, epoch_id: null }] },
    ];
    const { reporter, nudge, advance } = reporting(() => {
      if (answers.length > 0) return answers.shift();
      throw new Error('the line is cut');
    });
    const there = () => [
      reporter.epochThere(A),
      reporter.epochThere(B),
      reporter.epochThere(parseNodeId('c')),
    ];
    expect(there()).toEqual([null, null, null]);
    // This is a controller whose answer does not name the other ends' epochs.
    await nudge(applied(4));
    expect(there()).toEqual([null, null, null]);
    await advance(AGAIN_MS);
    expect(there()).toEqual([4, 3, null]);
    await nudge(applied(5));
    expect(there()).toEqual([null, null, null]);
    await advance(1);
    answers.push({ differing: [] });
    await nudge(applied(6));
    expect(there()).toEqual([6, null, null]);
    await advance(100_000);
    expect(there()).toEqual([6, null, null]);
    await advance(1);
    expect(there()).toEqual([null, null, null]);
  });

  it('have figures once the controller says that it reads them, until one refuses what it does not know', async () => {
    const row = { traffic: { receivedBytes: 1, sentBytes: 2, forMs: 3_000 }, probed: undefined };
    const measured = { ...applied(4), figures: { probeIntervalMs: 10_000, rows: [row, row] } };
    let answer: () => Partial<AppliedAnswer> = () => ({});
    const { sent, nudge } = reporting(() => answer());
    const rowsSent = async () => {
      await nudge(measured);
      return sent.at(-1)?.figures?.rows;
    };
    expect(await rowsSent()).toBeUndefined();
    answer = () => ({ reads_figures: FIGURES_VERSION });
    expect(await rowsSent()).toBeUndefined();
    expect(await rowsSent()).toBe(encodePairRows([row, row]));
    expect(sent.at(-1)?.figures).toMatchObject({ version: 1, probe_interval_ms: 10_000 });
    answer = () => {
      throw new Error('the line is cut');
    };
    expect([await rowsSent(), await rowsSent()]).not.toContain(undefined);
    answer = () => {
      throw new ProblemError(problem('invalid_message', 'unknown key figures'));
    };
    expect(await rowsSent()).toBeDefined();
    answer = () => ({});
    expect(await rowsSent()).toBeUndefined();
  });

  it('that are refused or lost are not repeated; the next one has a sequence above that in the refusal', async () => {
    const faults = [
      new ProblemError(problem('sequence_replayed', 'again', { last_sequence: 1_000 })),
      new Error('the line is cut'),
    ];
    const { sent, nudge, advance } = reporting(() => {
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
    });
    await nudge(applied(4));
    expect(sent).toHaveLength(1);
    await advance(AGAIN_MS);
    await advance(EVERY_MS);
    expect(sent.map(({ sequence }) => Number(sequence))).toEqual([1, 1_001, 1_002]);
  });

  it('say in one line what fails, and since when on the controller’s clock, a second after it began', async () => {
    const { sent, reporter, say, advance } = reporting();
    await advance(3 * EVERY_MS);
    const tunnel = {
      sinceMs: 5_000,
      code: 'interface_taken',
      message: `line one\nline two ${'x'.repeat(600)}`,
    };
    say(unapplied({ tunnel }));
    reporter.troubleChanged();
    await advance(999);
    expect(sent).toEqual([]);
    await advance(1);
    expect(sent).toMatchObject([
      {
        epoch_id: null,
        peers: [],
        troubles: { tunnel: { since: '1970-01-01T00:00:05.000Z', code: 'interface_taken' } },
      },
    ]);
    expect(sent[0]?.troubles).not.toHaveProperty('measurement');
    expect(sent[0]?.troubles?.tunnel?.reason).toMatch(/^line one\\u\{a\}line two x+…$/);
    expect(verifyMessage('applied', sent[0] as never, ed25519PublicKey(SEED))).toBe(true);
    // The trouble is reported again while it lasts, and no longer when it is over.
    await advance(AGAIN_MS + EVERY_MS);
    expect(sent.map(({ troubles }) => troubles?.tunnel?.code)).toEqual(Array(3).fill('interface_taken'));
    say(unapplied({}));
    reporter.troubleChanged();
    await advance(1_000);
    expect(sent.at(-1)).not.toHaveProperty('troubles');
  });

  it('cut a reason so that the message’s schema accepts it', async () => {
    const { sent, reporter, say, advance } = reporting();
    await advance(0);
    for (const start of ['', 'x']) {
      const measurement = { sinceMs: 0, code: 'failed', message: start + '\u{1f600}\n\u202e'.repeat(300) };
      say(unapplied({ measurement }));
      reporter.troubleChanged();
      await advance(1_000);
    }
    // The fake client parses what is sent with the message's schema.
    expect(sent).toHaveLength(2);
  });

  it('say what fails even if there are more peers than fit into one message', async () => {
    const { sent, reporter, nudge, advance } = reporting(() => ({ differing: [] }));
    await advance(0);
    const failing = { sinceMs: 0, code: 'failed', message: '\u{30c8}'.repeat(600) };
    const peers = Array.from({ length: 4_000 }, (_, at) => ({
      nodeId: parseNodeId(`node-of-a-large-mesh-${at}`),
      epochId: parseEpochId(1_000_000),
      handshakeAgeMs: 100_000,
    }));
    await nudge(unapplied({ tunnel: failing, measurement: failing }, peers));
    expect(Buffer.byteLength(JSON.stringify(sent[0]))).toBeLessThanOrEqual(65_536);
    expect(sent[0]?.troubles?.tunnel?.code).toBe('failed');
    const told = sent[0]?.peers ?? [];
    expect(told.length).toBeGreaterThan(500);
    expect(told.at(-1)?.node_id).toBe(`node-of-a-large-mesh-${told.length - 1}`);
    const [last, leftOut] = [told.length - 1, told.length].map((at) => peers[at]?.nodeId);
    expect([last, leftOut].map((nodeId) => nodeId && reporter.epochThere(nodeId))).toEqual([1_000_000, null]);
  });

  it('of what fails are repeated soon if they were lost, until the controller has one', async () => {
    let lost = 2;
    const { sent, reporter, say, advance } = reporting(() => {
      if (lost-- > 0) throw new Error('the line is cut');
    });
    await advance(0);
    const measurement = { sinceMs: 0, code: 'unanswered', message: '24 of 24 unanswered' };
    say(unapplied({ measurement }));
    reporter.troubleChanged();
    await advance(1_000);
    await advance(AGAIN_MS);
    await advance(AGAIN_MS);
    expect(sent).toHaveLength(3);
    await advance(AGAIN_MS);
    expect(sent).toHaveLength(3);
    await advance(EVERY_MS - AGAIN_MS);
    expect(sent).toHaveLength(4);
  });

  it('with a sequence that is far ahead are followed by one above the controller’s sequence', async () => {
    const tooFar = problem('sequence_too_far', 'too high', { last_sequence: 7, highest_sequence: 500 });
    const faults = [
      new ProblemError(problem('sequence_replayed', 'again', { last_sequence: 1_000 })),
      new ProblemError(tooFar),
    ];
    const { sent, nudge, advance } = reporting(() => {
      const fault = faults.shift();
      if (fault !== undefined) throw fault;
    });
    await nudge(applied(4));
    await advance(AGAIN_MS);
    await advance(EVERY_MS);
    expect(sent.map(({ sequence }) => Number(sequence))).toEqual([1, 1_001, 8]);
  });
});

describe('the log', () => {
  const log = new TestLog();
  const { key } = ed25519SigningKey('m/node/self', 'ed25519-cosignature', SEED);

  /** A node that has accepted the head of 7 entries, if its controller proves heads. */
  async function accepting(said = log.fields(7, 0)) {
    const watched = knowingLog();
    const verdict = watched.log.judge({ node_id: 'self', ...said } as never);
    if (verdict.kind === 'newer') await watched.log.accept(verdict.head);
    return watched.log;
  }

  it('is cosigned, with the key of this node, until the controller has the cosignature', async () => {
    const watch = await accepting();
    let isRefusing = true;
    const { sent, cosigned, nudge } = reporting(() => {
      if (isRefusing) throw new ProblemError(problem('not_ready', 'later'));
      return undefined;
    });
    await nudge({ ...applied(3), toCosign: logReport(watch).toCosign });
    expect(cosigned).toEqual([]);
    isRefusing = false;
    await nudge({ ...applied(3), toCosign: logReport(watch).toCosign });
    expect(cosigned).toEqual([7]);
    watch.cosigned({ size: 7, rootHash: '' });
    expect(logReport(watch).toCosign).toBeUndefined();
    const { size, root_hash, time, signature } = sent.at(-1)?.log_cosignature ?? { size: 0, time: 0 };
    const text = renderCheckpoint({ origin: LOG_ORIGIN, size, root: log.root(7), extensions: [] });
    const line = concatBytes(uint64be(time), decodeBase64(signature ?? ''));
    expect(verifySignature({ signature: line }, text, key)?.timeSeconds).toBe(time);
    expect([size, root_hash]).toEqual([7, log.said(7, 0).head.rootHash]);
  });

  it('is not spoken of to a controller that proves no head, nor cosigned while it is refused', async () => {
    const { log_proof: _proof, ...bare } = log.fields(7, 0);
    expect(logReport(await accepting(bare))).toEqual({ trouble: undefined, toCosign: undefined });
    const watch = await accepting();
    const shown = { size: 9, rootHash: '', signatures: [] };
    watch.refuse({ code: 'forked', shown, consistency: undefined }, {
      version: 'v',
      server_time_ms: 0,
    } as never);
    const { trouble, toCosign } = logReport(watch);
    expect([trouble, toCosign]).toEqual([
      { sinceMs: 5_000, code: 'forked', message: expect.stringContaining('another root') },
      undefined,
    ]);
    const { sent, nudge } = reporting();
    await nudge({ ...applied(3), troubles: { ...NO_TROUBLES, log: trouble } });
    expect(sent.at(-1)).toMatchObject({ troubles: { log: { code: 'forked' } } });
    expect(sent.at(-1)).not.toHaveProperty('log_cosignature');
  });

  it('that an operator has named is not cosigned, and what was proved from there on is, however short', async () => {
    const watch = await accepting(log.fields(12, 0));
    watch.cosigned({ size: 12, rootHash: '' });
    const forked = new TestLog(LIES['drops an entry']);
    await watch.acceptFromOperator(forked.said(8, 0).head);
    expect(logReport(watch).toCosign).toBeUndefined();
    const verdict = watch.judge({ node_id: 'self', ...forked.fields(9, 8) } as never);
    if (verdict.kind === 'newer') await watch.accept(verdict.head);
    expect(logReport(watch).toCosign?.size).toBe(9);
  });
});
