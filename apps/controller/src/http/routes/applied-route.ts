// POST /v1/applied/{node_id}

import { appliedMessage, ProblemError } from '@mesh/protocol';
import type { Handler } from 'hono';
import { objectToSequence } from '../../commands/object-to-sequence.ts';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { receiveSigned, withinAllowance } from '../receive-signed.ts';

export function appliedRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(services, 'applied', context, appliedMessage);
    await withinAllowance(services, node.nodeId);
    const last = services.applied.take(message, Math.floor(services.clock.nowMs()));
    const replay = last === undefined ? undefined : objectToSequence(message.sequence, last);
    if (replay !== undefined) throw new ProblemError(replay);
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: services.clock.nowMs() });
  };
}
