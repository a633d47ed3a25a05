// POST /v1/leave/{node_id}

import { leaveMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import { leaveMesh } from '../../commands/leave-mesh.ts';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-app.ts';
import { readMessage } from '../read-message.ts';
import { checkSender } from './check-sender.ts';

export function leaveRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const received = await readMessage(context, leaveMessage);
    await checkSender(services, 'leave', node, received);
    await services.judge.run(leaveMesh(received.message));
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: services.clock.nowMs() });
  };
}
