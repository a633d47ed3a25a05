// The controller of one mesh in its own process (run with --expose-gc), so that event-loop delay and memory
// are only its own. Every node has an open blocking query. The config benchmark measures what HTTP and TLS
// add to each answer.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createLogger, systemClock } from '@mesh/host';
import { evidenceOf } from '@mesh/membership';
import { decideMesh } from '@mesh/scoring';
import { type RunningController, startController } from '../../../apps/controller/src/compose.ts';
import type { EpochReply, EpochRequest, RotateFigures, StartFigures } from './epoch-messages.ts';

const MIB = 2 ** 20;
/** More than a lead, so that a pending epoch is in force after it. */
const AHEAD_MS = 6_000;

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
  const { view, waiters, publication, answers, epochs, policy } = services;
  aheadMs += AHEAD_MS;
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
  const version = publication.currentVersion();
  let sample = '';
  const rendered = [...view.nodes()].map(async ({ nodeId }) => {
    const waiter = waiters.add(nodeId, undefined);
    await waiter.woken;
    waiter.cancel();
    const node = view.node(nodeId);
    if (node === undefined) throw new Error(`node ${nodeId} has vanished`);
    const news = publication.newsFor(node, version);
    if (news.kind !== 'difference') throw new Error(`node ${nodeId} was told ${news.kind}`);
    sample = JSON.stringify(await answers.delta(nodeId, news));
    return sample.length;
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let peakRss = 0;
  const watch = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  }, 20);
  delay.enable();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await epochs.rotate();
  const freezeMs = performance.now() - startedMs;
  const sizes = await Promise.all(rendered);
  const publishMs = performance.now() - startedMs;
  const cpu = process.cpuUsage(cpuBefore);
  // The event loop turns once more, so that the last delay is counted.
  await new Promise((resolve) => setTimeout(resolve, 5));
  delay.disable();
  clearInterval(watch);
  return {
    evaluateMs,
    freezeMs,
    publishMs,
    publishCpuMs: (cpu.user + cpu.system) / 1000,
    answers: sizes.length,
    bytesPerAnswer: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
    loopDelayP50Ms: delay.percentile(50) / 1e6,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    loopDelayMaxMs: delay.max / 1e6,
    peakRssMiB: Math.max(peakRss, process.memoryUsage.rss()) / MIB,
    heapMiB,
    sample,
  };
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
  return { ok: true, rotate: await rotate(running) };
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
