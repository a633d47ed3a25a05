// POST /v1/leave/{node_id}: a node leaves the mesh on purpose.

import type { Clock } from '@mesh/host';
import { leaveMesh } from '@mesh/membership';
import { leaveMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { type ReceivePorts, receiveSigned } from '../receive/receive-signed.ts';
import { type RecordPorts, recordMessage } from '../receive/record-message.ts';

export interface LeavePorts extends ReceivePorts, RecordPorts {
  readonly clock: Clock;
}

export function leaveRoute(ports: LeavePorts): Handler<NodesEnv> {
  return async (context) => {
    const { nodeId } = context.get('node');
    const { message, sha256 } = await receiveSigned(ports, 'leave', context, leaveMessage);
    const sender = { nodeId, arrival: context.get('arrival') };
    await recordMessage(ports, 'leave', sender, leaveMesh(message, sha256));
    return context.json({ status: 'received', node_id: nodeId, server_time_ms: ports.clock.nowMs() });
  };
}
