// POST /v1/applied/{node_id}

import { differingEnds, noteReachability, objectToSequence, reachabilityChange } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { type AppliedAnswer, appliedMessage, ProblemError } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { receiveSigned } from '../receive-signed.ts';

export function appliedRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(services, 'applied', context, appliedMessage);
    const { applied, clock } = services;
    const nowMs = Math.floor(clock.nowMs());
    const objection = objectToSequence(message.sequence, applied.of(node.nodeId)?.sequence ?? 0, nowMs);
    if (objection !== undefined) throw new ProblemError(objection);
    applied.take(message, nowMs);
    await noteChange(services, node.nodeId, nowMs);
    const answer: AppliedAnswer = {
      status: 'received',
      node_id: node.nodeId,
      server_time_ms: clock.nowMs(),
      differing: differingEnds(message, (nodeId) => applied.of(nodeId), nowMs),
    };
    return context.json(answer);
  };
}

/** Most reports change nothing, and only a change is worth the journal. */
async function noteChange({ applied, judge, policy, view }: Services, nodeId: NodeId, nowMs: number) {
  const failing = applied.of(nodeId)?.failingTunnel;
  const node = view.node(nodeId);
  if (node === undefined || reachabilityChange(node, failing, { nowMs, policy: policy() }) === undefined)
    return;
  await judge.run(noteReachability(nodeId, failing));
}
