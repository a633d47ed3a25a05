// POST /v1/leave/{node_id}: a node leaves the mesh on purpose.

import type { Clock } from '@mesh/host';
import { leaveMesh } from '@mesh/membership';
import { leaveMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { type ReceivePorts, receiveSigned } from '../receive/receive-signed.ts';

export interface LeavePorts extends ReceivePorts {
  readonly clock: Clock;
}

export function leaveRoute(ports: LeavePorts): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(ports, 'leave', context, leaveMessage);
    const command = leaveMesh(message);
    const foreseen = ports.judge.foresee(command, node.nodeId);
    if (foreseen.cost === 'nothing') context.get('arrival').refuseReserve();
    await ports.judge.run(foreseen);
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: ports.clock.nowMs() });
  };
}
