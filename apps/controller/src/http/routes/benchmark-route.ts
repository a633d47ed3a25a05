// POST /v1/benchmarks/{node_id}

import { submitBenchmark } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import { type BenchmarkAnswer, benchmarkMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { receiveSigned } from '../receive-signed.ts';

export function benchmarkRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const arrivedAtMs = Math.floor(services.clock.nowMs());
    const node = context.get('node');
    const { message, sha256 } = await receiveSigned(services, 'benchmark', context, benchmarkMessage);
    const challenges = services.challenges.accepted();
    const instanceId = message.instance_id;
    const running = services.waiters.openInstance(node.nodeId, services.clock.monotonicMs())?.instanceId;
    const ofSecondInstance =
      running === undefined
        ? services.instances.isRefused(node.nodeId, instanceId, arrivedAtMs)
        : running !== instanceId;
    const command = submitBenchmark({
      message,
      messageSha256: sha256,
      arrivedAtMs,
      challenges,
      ofSecondInstance,
    });
    const foreseen = services.judge.foresee(command, node.nodeId);
    if (foreseen.cost === 'nothing') context.get('arrival').refuseReserve();
    await services.judge.run(foreseen);
    const now = services.view.node(node.nodeId) ?? node;
    const standing = services.standing(now);
    const other = services.instances.otherThan(node.nodeId, instanceId, arrivedAtMs);
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
