// POST /v1/leave/{node_id}

import { leaveMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import { leaveMesh } from '../../commands/leave-mesh.ts';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-app.ts';
import { receiveSigned, withinAllowance } from '../receive-signed.ts';

export function leaveRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(services, 'leave', context, leaveMessage);
    // A leave that cuts somebody off is never refused for rate.
    if (node.membership !== 'admitted') await withinAllowance(services, node.nodeId);
    await services.judge.run(leaveMesh(message));
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: services.clock.nowMs() });
  };
}
