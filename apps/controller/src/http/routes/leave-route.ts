// POST /v1/leave/{node_id}

import { leaveMesh } from '@mesh/membership';
import { leaveMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { receiveSigned } from '../receive-signed.ts';
import { takesPlaceOrStanding } from '../takes-place.ts';

export function leaveRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(services, 'leave', context, leaveMessage);
    const command = leaveMesh(message);
    if (!takesPlaceOrStanding(services, node.nodeId, command)) context.get('arrival').refuseReserve();
    await services.judge.run(command);
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: services.clock.nowMs() });
  };
}
