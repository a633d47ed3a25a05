// POST /v1/leave/{node_id}

import { leaveMesh } from '@mesh/membership';
import { leaveMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { receiveSigned } from '../receive-signed.ts';

export function leaveRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(services, 'leave', context, leaveMessage);
    const command = leaveMesh(message);
    const foreseen = services.judge.foresee(command, node.nodeId);
    if (foreseen.cost === 'nothing') context.get('arrival').refuseReserve();
    await services.judge.run(foreseen);
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: services.clock.nowMs() });
  };
}
