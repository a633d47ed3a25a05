// POST /v1/endpoints/{node_id}

import { reportEndpoint } from '@mesh/membership';
import { endpointMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { receiveSigned } from '../receive-signed.ts';

export function endpointRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const { message } = await receiveSigned(services, 'endpoint', context, endpointMessage);
    await services.judge.run(reportEndpoint(message, context.get('remoteAddress')));
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: services.clock.nowMs() });
  };
}
