// POST /v1/endpoints/{node_id}

import { endpointMessage } from '@mesh/protocol';
import type { Handler } from 'hono';
import { reportEndpoint } from '../../commands/report-endpoint.ts';
import type { Services } from '../../services.ts';
import type { NodesEnv } from '../nodes-app.ts';
import { readMessage } from '../read-message.ts';
import { checkSender } from './check-sender.ts';

export function endpointRoute(services: Services): Handler<NodesEnv> {
  return async (context) => {
    const node = context.get('node');
    const received = await readMessage(context, endpointMessage);
    await checkSender(services, 'endpoint', node, received);
    await services.judge.run(reportEndpoint(received.message, context.get('remoteAddress')));
    return context.json({ status: 'received', node_id: node.nodeId, server_time_ms: services.clock.nowMs() });
  };
}
