// POST /v1/leave/{node_id}: a node goes down on purpose.

import type { Clock } from '@mesh/host';
import { leaveMesh } from '@mesh/membership';
import { leaveMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { NodesEnv } from '../nodes-env.ts';
import { type ReceivePorts, receiveSigned } from '../receive-signed.ts';
import { type TakesPlacePorts, takesPlaceOrStanding } from '../takes-place.ts';

export interface LeavePorts extends ReceivePorts, TakesPlacePorts {
  readonly clock: Clock;
}

export function leaveRoute(ports: LeavePorts): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(ports, 'leave', context, leaveMessage);
    const command = leaveMesh(message);
    if (!takesPlaceOrStanding(ports, node.nodeId, command)) context.get('arrival').refuseReserve();
    await ports.judge.run(command);
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: ports.clock.nowMs() });
  };
}
