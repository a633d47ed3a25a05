// The doors that only this machine reaches, for clients of the proof of concept and for metrics: whatever is
// wrong with a request, the answer is a problem and never a 5xx, and nothing changes. `FUZZ_SEED=N` draws the
// attacks of an earlier run.

import { connect } from 'node:net';
import { FakeClock } from '@mesh/host/test-kit';
import { routes } from '@mesh/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asked, judge, type Verdict } from '../support/fuzz/judge-answer.ts';
import { oddValue } from '../support/fuzz/odd-values.ts';
import { RawConnection } from '../support/fuzz/raw-connection.ts';
import { RAW_HEADS } from '../support/fuzz/raw-heads.ts';
import { jsonRequest, requestBytes } from '../support/fuzz/request-text.ts';
import { startTestController, type TestController } from '../support/index.ts';

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const RUNS = 1_000;
/** So many that the limit for all clients together is out of reach. */
const NODES = Array.from({ length: 60 }, (_, at) => `node-${at}`);
const BENCHMARKS = routes.submitBenchmark.replace(':node_id', 'node-0');

let controller: TestController;
let ports: Record<'poc' | 'metrics', number>;
beforeAll(async () => {
  process.stdout.write(`the attacks are drawn with FUZZ_SEED=${seed}\n`);
  controller = await startTestController({
    clock: new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 10_000 }),
    config: { insecure_poc_compat: true, poc: { port: 0, nodes: NODES }, metrics: { port: 0 } },
  });
  const line = controller.logLines.find((each) => each.includes('clients of the proof of concept'));
  const poc = Number(new URL(String(JSON.parse(line ?? '{}').address)).port);
  ports = { poc, metrics: controller.running.metricsPort ?? 0 };
});
afterAll(() => controller.close());

/** Everything that a request to these doors could change. The clock stands still. */
async function state() {
  const epoch = await fetch(`http://127.0.0.1:${ports.poc}${routes.epoch}`);
  const { journal, view } = controller.running.services;
  return { poc: await epoch.json(), head: journal.head(), nodes: [...view.nodes()] };
}

async function ask(door: keyof typeof ports, asked: Omit<Asked, 'isHead'>): Promise<Verdict> {
  const connection = new RawConnection(() => connect(ports[door], '127.0.0.1'));
  try {
    return judge({ ...asked, isHead: false }, await connection.ask(asked.bytes, false));
  } finally {
    connection.close();
  }
}
const mustRefuse = (bytes: Buffer): Omit<Asked, 'isHead'> => ({ bytes, isRaw: false, doom: 'misformed' });

const good = () => ({
  node_id: 'node-0',
  timestamp: new Date(controller.nowMs()).toISOString(),
  suite_version: 'poc-1',
  scores: { overall: 0.9 },
});
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field, and a value that it may not have. */
const wrongField: fc.Arbitrary<readonly [string, unknown]> = fc.oneof(
  oddValue.filter((value) => value !== 'node-0').map((value) => ['node_id', value] as const),
  oddValue.filter((value) => !String(value).includes('T')).map((value) => ['timestamp', value] as const),
  oddValue.filter((value) => typeof value !== 'string').map((value) => ['suite_version', value] as const),
  oddValue.filter((value) => !isObject(value)).map((value) => ['scores', value] as const),
  oddValue
    .filter((value) => typeof value !== 'number')
    .map((value) => ['scores', { overall: value }] as const),
);

describe('the door for clients of the proof of concept', () => {
  it('takes the message from which the attacks are made (control)', async () => {
    await using other = await startTestController({
      config: { insecure_poc_compat: true, poc: { port: 0, nodes: ['node-0'] } },
    });
    const line = other.logLines.find((each) => each.includes('clients of the proof of concept'));
    const answer = await fetch(`${String(JSON.parse(line ?? '{}').address)}${BENCHMARKS}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...good(), timestamp: new Date().toISOString() }),
    });
    expect(answer.status).toBe(200);
  });

  it('refuses every benchmark of which a field is wrong', async () => {
    const before = await state();
    await fc.assert(
      fc.asyncProperty(wrongField, async ([name, value]) => {
        const bytes = jsonRequest('POST', BENCHMARKS, { ...good(), [name]: value });
        expect(await ask('poc', mustRefuse(bytes))).toMatchObject({ kind: 'refused' });
      }),
      { seed, numRuns: RUNS },
    );
    expect(await state()).toEqual(before);
  });

  it('refuses every body that is no benchmark', async () => {
    const before = await state();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          oddValue.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
          fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
          fc.nat({ max: 100 }).map((at) => Buffer.from(JSON.stringify(good()).slice(0, at))),
        ),
        fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-7', ''),
        async (body, type) => {
          const headers = [['content-type', type]] as const;
          const bytes = requestBytes({ method: 'POST', target: BENCHMARKS, headers, body });
          expect(await ask('poc', mustRefuse(bytes))).toMatchObject({ kind: 'refused' });
        },
      ),
      { seed, numRuns: RUNS },
    );
    expect(await state()).toEqual(before);
  });
});

describe.each(['poc', 'metrics'] as const)('the door %s', (door) => {
  it.each([BENCHMARKS, '/metrics', routes.nodes, routes.rotateMasterKey])(
    'at %s answers what is no proper HTTP without a fault, and changes nothing',
    async (path) => {
      const before = await state();
      for (const head of RAW_HEADS) {
        const bytes = Buffer.from(head.replace('PATH', path), 'latin1');
        const verdict = await ask(door, { bytes, isRaw: true, doom: undefined });
        expect([verdict.kind, head.slice(0, 60)]).not.toContain('fault');
      }
      expect(await state()).toEqual(before);
      expect(controller.logLines.filter((line) => line.includes('a request failed'))).toEqual([]);
    },
    120_000,
  );
});
