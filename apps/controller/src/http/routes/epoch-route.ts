// GET /v1/epoch: the epoch in force and who is in, on the nodes listener and on the administration socket.

import { formatRfc3339 } from '@mesh/primitives';
import { type EpochStatus, ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import type { Services } from '../../services.ts';
import { epochsAt } from '../../state/mesh-state.ts';

export function epochRoute(services: Services): (context: Context) => Response {
  return (context) => context.json(epochStatusOf(services));
}

export function epochStatusOf({ view, clock, standing, expiryOf }: Services): EpochStatus {
  const nowMs = clock.nowMs();
  const { current, next } = epochsAt(view, nowMs);
  const epoch = current ?? next;
  if (epoch === undefined) throw new ProblemError(problem('not_ready', 'the first epoch is being opened'), 1);
  const nodes = [...view.nodes()].map((node) => {
    const { membership, reason, reasonCode } = standing(node);
    return [node.nodeId, { membership, reason, reason_code: reasonCode }] as const;
  });
  return {
    epoch_id: epoch.epochId,
    expiry_utc: formatRfc3339(expiryOf(epoch)),
    secret_hash: epoch.commitment,
    server_time_ms: Math.floor(nowMs),
    nodes: Object.fromEntries(nodes),
  };
}
