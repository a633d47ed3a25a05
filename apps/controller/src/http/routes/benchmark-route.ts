// POST /v1/benchmarks/{node_id}

import { type BenchmarkAnswer, benchmarkMessage, ProblemError, problem } from '@mesh/protocol';
import { evaluate } from '@mesh/scoring';
import type { Handler } from 'hono';
import { submitBenchmark } from '../../commands/submit-benchmark.ts';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-app.ts';
import { type ReceivedMessage, readMessage } from '../read-message.ts';
import { checkSender } from './check-sender.ts';

export function benchmarkRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const arrivedAtMs = Math.floor(services.clock.nowMs());
    const node = context.get('node');
    const received = await readMessage(context, benchmarkMessage);
    await checkSender(services, 'benchmark', node, received);
    const waitSeconds = await services.limits.node(node.nodeId);
    if (waitSeconds > 0 && passes(services, received, arrivedAtMs)) {
      throw new ProblemError(problem('rate_limited', `node ${node.nodeId} sends too often`), waitSeconds);
    }
    const challenges = services.challenges.accepted();
    await services.judge.run(
      submitBenchmark({ message: received.message, messageSha256: received.sha256, arrivedAtMs, challenges }),
    );
    const now = services.view.node(node.nodeId) ?? node;
    const standing = services.standing(now);
    const answer: BenchmarkAnswer = {
      status: 'received',
      node_id: node.nodeId,
      epoch_id: services.publication.version().epochId,
      membership: standing.membership,
      reason: standing.reason,
      reason_code: standing.reasonCode,
      server_time_ms: services.clock.nowMs(),
    };
    return context.json(answer);
  };
}

/** A failing score is never refused for rate: that would keep a node in that has just gone bad. */
function passes(
  services: Services,
  { message }: ReceivedMessage<{ scores: Record<string, number> }>,
  nowMs: number,
): boolean {
  const latest = { scores: message.scores, measuredAtMs: nowMs, arrivedAtMs: nowMs };
  return evaluate(services.policy(), { status: 'active', latest }, nowMs).allowed;
}
