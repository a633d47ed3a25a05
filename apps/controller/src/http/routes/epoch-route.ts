// GET /v1/epoch: the epoch in force and which nodes are in, on the nodes listener and on the administration
// socket.

import type { Clock } from '@mesh/host';
import { type EpochRecord, epochsAt, type MeshView, type NodeRecord, type Standing } from '@mesh/membership';
import { formatRfc3339, type NodeId } from '@mesh/primitives';
import { type EpochStatus, type Membership, ProblemError, problem } from '@mesh/protocol';
import type { Context, Handler } from 'hono';
import type { NodesEnv } from '../gate/nodes-env.ts';

export interface EpochPorts {
  readonly view: MeshView;
  readonly standing: (node: NodeRecord) => Standing;
  readonly expiryOf: (epoch: EpochRecord) => number;
  readonly clock: Clock;
}

/**
 * What other nodes get instead of the reason's message, which holds scores. Only the node itself and the
 * operator may see those.
 */
const publicReasons = {
  ALLOWED: 'the node is in',
  DENIED: 'the node is not in',
  UNKNOWN: 'the node has not been judged yet',
} as const satisfies Record<Membership, string>;

/** For operators: every node's reason in full. */
export function epochRoute(ports: EpochPorts): (context: Context) => Response {
  return (context) => context.json(epochStatusOf(ports, () => true));
}

/** For nodes: the full reason of the node that asks, and only the code of every other node's reason. */
export function nodeEpochRoute(ports: EpochPorts): Handler<NodesEnv> {
  return (context) => {
    const { nodeId } = context.get('node');
    return context.json(epochStatusOf(ports, (other) => other === nodeId));
  };
}

function epochStatusOf(
  { view, clock, standing, expiryOf }: EpochPorts,
  maySeeReason: (nodeId: NodeId) => boolean,
): EpochStatus {
  const nowMs = clock.nowMs();
  const { current, next } = epochsAt(view, nowMs);
  const epoch = current ?? next;
  if (epoch === undefined) throw new ProblemError(problem('not_ready', 'the first epoch is being opened'), 1);
  const nodes = [...view.nodes()].map((node) => {
    const { membership, reason, reasonCode } = standing(node);
    const told = maySeeReason(node.nodeId) ? reason : publicReasons[membership];
    return [node.nodeId, { membership, reason: told, reason_code: reasonCode }] as const;
  });
  return {
    epoch_id: epoch.epochId,
    expiry_utc: formatRfc3339(expiryOf(epoch)),
    secret_hash: epoch.commitment,
    server_time_ms: Math.floor(nowMs),
    nodes: Object.fromEntries(nodes),
  };
}
