// The controller of one mesh in its own process (run with --expose-gc), so that event-loop delay and memory
// are only its own.

import { createLogger, systemClock } from '@mesh/host';
import { done, evidenceOf } from '@mesh/membership';
import { decideMesh } from '@mesh/scoring';
import { type RunningController, startController } from '../../../apps/controller/src/compose.ts';
import { firstBenchmark } from '../controller/seeded-nodes.ts';
import { cpuSinceMs } from '../process-cpu.ts';
import type {
  EpochReply,
  EpochRequest,
  PublishFigures,
  RotateFigures,
  StartFigures,
} from './epoch-messages.ts';
import { publishToAll } from './publish-to-all.ts';

const MIB = 2 ** 20;
/** More than a lead, so that a pending epoch is in force after it. */
const AHEAD_MS = 6_000;
/** How many first benchmarks are recorded at once. */
const BATCH = 200;

/**
 * How far the clocks were moved. Epochs come on request: all clocks move forward together, so that no jump is
 * detected.
 */
let aheadMs = 0;
const clock = {
  nowMs: () => systemClock.nowMs() + aheadMs,
  monotonicMs: () => systemClock.monotonicMs() + aheadMs,
  bootMs: () => systemClock.bootMs() + aheadMs,
};
let running: RunningController | undefined;

async function start(config: Extract<EpochRequest, { op: 'start' }>['config']): Promise<StartFigures> {
  const startedMs = performance.now();
  running = await startController({
    config,
    clock,
    logger: createLogger({ level: 'silent' }),
    onFatal: (error) => {
      throw error;
    },
  });
  return { startMs: performance.now() - startedMs, rssMiB: process.memoryUsage.rss() / MIB };
}

async function rotate({ services }: RunningController): Promise<RotateFigures> {
  const { view, policy, ahead } = services;
  aheadMs += AHEAD_MS;
  const cpuBefore = process.cpuUsage();
  await ahead.begin();
  const aheadCpuMs = cpuSinceMs(cpuBefore);
  collect();
  const heapMiB = process.memoryUsage().heapUsed / MIB;
  const evaluateMs = timed(() =>
    decideMesh({
      kind: 'freeze',
      policy: policy(),
      nodes: [...view.nodes()].map((node) => ({ nodeId: node.nodeId, evidence: evidenceOf(node) })),
      nowMs: Math.floor(clock.nowMs()),
      stalenessWaived: false,
    }),
  );
  const published = await publishToAll(services, 'difference');
  return { ...published, evaluateMs, aheadCpuMs, heapMiB };
}

async function admit({ services }: RunningController, kemPublicKey: string): Promise<PublishFigures> {
  const { view, judge, ahead } = services;
  const nodes = [...view.nodes()];
  for (let from = 0; from < nodes.length; from += BATCH) {
    const events = nodes
      .slice(from, from + BATCH)
      .map(({ nodeId }) => firstBenchmark(nodeId, Math.floor(clock.nowMs()), kemPublicKey));
    await judge.run(() => done(events));
  }
  aheadMs += AHEAD_MS;
  await ahead.begin();
  collect();
  const published = await publishToAll(services, 'everything');
  const admitted = [...view.nodes()].filter(({ membership }) => membership === 'admitted').length;
  if (admitted !== nodes.length) throw new Error(`${admitted} of ${nodes.length} nodes were admitted`);
  return published;
}

function timed(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error('run this with --expose-gc');
  globalThis.gc();
}

async function handle(request: EpochRequest): Promise<EpochReply> {
  if (request.op === 'start') return { ok: true, start: await start(request.config) };
  if (running === undefined) throw new Error('nothing was started');
  return request.op === 'rotate'
    ? { ok: true, rotate: await rotate(running) }
    : { ok: true, admit: await admit(running, request.kemPublicKey) };
}

process.on('message', (request: EpochRequest) => {
  handle(request).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.send?.({ ok: false, message } satisfies EpochReply);
    },
  );
});
// When the benchmark disconnects, the process ends properly, so that a profile is written.
process.once('disconnect', () => process.exit(0));
