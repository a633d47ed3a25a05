// POST /v1/endpoints/{node_id}: the endpoint at which peers reach the node from now on.

import type { Clock } from '@mesh/host';
import { reportEndpoint } from '@mesh/membership';
import { endpointMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { type ReceivePorts, receiveSigned } from '../receive/receive-signed.ts';
import { type RecordPorts, recordMessage } from '../receive/record-message.ts';

export interface EndpointPorts extends ReceivePorts, RecordPorts {
  readonly clock: Clock;
}

export function endpointRoute(ports: EndpointPorts): Handler<NodesEnv> {
  return async (context) => {
    const { nodeId } = context.get('node');
    const { message, sha256 } = await receiveSigned(ports, 'endpoint', context, endpointMessage);
    const sender = { nodeId, arrival: context.get('arrival') };
    const command = reportEndpoint(message, context.get('remoteAddress'), sha256);
    await recordMessage(ports, 'endpoint', sender, command);
    return context.json({ status: 'received', node_id: nodeId, server_time_ms: ports.clock.nowMs() });
  };
}
