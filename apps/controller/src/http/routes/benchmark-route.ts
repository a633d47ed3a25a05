// POST /v1/benchmarks/{node_id}

import { formatRfc3339, parseRfc3339 } from '@mesh/primitives';
import { type BenchmarkAnswer, type BenchmarkMessage, benchmarkMessage } from '@mesh/protocol';
import { evaluate } from '@mesh/scoring';
import type { Handler } from 'hono';
import { submitBenchmark } from '../../commands/submit-benchmark.ts';
import type { Services } from '../../services.ts';
import type { NodeRecord } from '../../state/mesh-state.ts';
import type { NodesEnv } from '../nodes-app.ts';
import { receiveSigned, withinAllowance } from '../receive-signed.ts';

export function benchmarkRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const arrivedAtMs = Math.floor(services.clock.nowMs());
    const node = context.get('node');
    const { message, sha256 } = await receiveSigned(services, 'benchmark', context, benchmarkMessage);
    if (mayWait(services, node, message, arrivedAtMs)) await withinAllowance(services, node.nodeId);
    const challenges = services.challenges.accepted();
    await services.judge.run(submitBenchmark({ message, messageSha256: sha256, arrivedAtMs, challenges }));
    const now = services.view.node(node.nodeId) ?? node;
    const standing = services.standing(now);
    const other = services.instances.otherThan(node.nodeId, message.instance_id, arrivedAtMs);
    const answer: BenchmarkAnswer = {
      status: 'received',
      node_id: node.nodeId,
      epoch_id: services.publication.version().epochId,
      membership: standing.membership,
      reason: standing.reason,
      reason_code: standing.reasonCode,
      server_time_ms: services.clock.nowMs(),
      ...(other === undefined
        ? {}
        : {
            other_instance: {
              instance_id: other.instanceId ?? null,
              seen_at: formatRfc3339(other.seenAtMs),
            },
          }),
    };
    return context.json(answer);
  };
}

/**
 * Whether a benchmark can be refused for rate. One that fails its node never is: that would keep a node in that has
 * just gone bad. One that was sent before tells nothing new.
 */
function mayWait(
  { policy }: Services,
  node: NodeRecord,
  message: BenchmarkMessage,
  arrivedAtMs: number,
): boolean {
  if (message.sequence <= node.sequences.benchmark) return true;
  const latest = {
    scores: message.scores,
    samples: message.samples,
    measuredBy: message.measured_by,
    measuredAtMs: parseRfc3339(message.timestamp),
    arrivedAtMs,
  };
  return evaluate(policy(), { status: 'active', className: node.class, latest }, arrivedAtMs).allowed;
}
