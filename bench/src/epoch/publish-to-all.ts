// Opens an epoch while every node has a blocking query open, and renders every node's answer. The config
// benchmark measures what HTTP and TLS add to each answer.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { NodeId } from '@mesh/primitives';
import type { RunningController } from '../../../apps/controller/src/compose.ts';
import { cpuSinceMs } from '../process-cpu.ts';
import type { PublishFigures } from './epoch-messages.ts';

const MIB = 2 ** 20;

/** What agents of this version understand. */
const CURRENT_AGENT = { takesNotices: true, takesBatches: true, movesSlots: true };

type Services = RunningController['services'];

/**
 * @param kind what the epoch is to be to each node: a difference, or its whole config
 * @throws Error if a node is told something else
 */
export async function publishToAll(
  services: Services,
  kind: 'difference' | 'everything',
): Promise<PublishFigures> {
  const { view, waiters, publication, epochs } = services;
  const version = publication.currentVersion();
  let sample = '';
  const render = async (nodeId: NodeId) => {
    sample = await answerOf(services, nodeId, version, kind);
    return sample.length;
  };
  // What waits for long is kept small, so that it holds no answer when it is in the old generation.
  const rendered = [...view.nodes()].map(({ nodeId }) => {
    const waiter = waiters.add(nodeId, undefined);
    return waiter.woken.then(() => {
      waiter.cancel();
      return render(nodeId);
    });
  });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let peakRss = 0;
  const watch = setInterval(() => {
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  }, 50);
  delay.enable();
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await epochs.rotate({ kind: 'socket' });
  const freezeMs = performance.now() - startedMs;
  const sizes = await Promise.all(rendered);
  const publishMs = performance.now() - startedMs;
  const publishCpuMs = cpuSinceMs(cpuBefore);
  // The event loop turns once more, so that the last delay is counted.
  await new Promise((resolve) => setTimeout(resolve, 5));
  delay.disable();
  clearInterval(watch);
  return {
    freezeMs,
    publishMs,
    publishCpuMs,
    answers: sizes.length,
    bytesPerAnswer: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
    loopDelayP50Ms: delay.percentile(50) / 1e6,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    loopDelayMaxMs: delay.max / 1e6,
    peakRssMiB: Math.max(peakRss, process.memoryUsage.rss()) / MIB,
    sample,
  };
}

/** The text of a node's answer, when there is news for it. */
async function answerOf(
  { view, publication, answers }: Services,
  nodeId: NodeId,
  version: string,
  kind: 'difference' | 'everything',
): Promise<string> {
  const node = view.node(nodeId);
  if (node === undefined) throw new Error(`node ${nodeId} has vanished`);
  const news = publication.newsFor(node, version);
  if (news.kind !== kind) throw new Error(`node ${nodeId} was told ${news.kind}`);
  return news.kind === 'difference'
    ? (await answers.delta(nodeId, news, CURRENT_AGENT)).text
    : answers.full(nodeId, CURRENT_AGENT);
}
