// GET /v1/nodes and GET /v1/nodes/{node_id}, on the administration socket.

import type { Handler } from 'hono';
import { existingNode } from '../receive/existing-node.ts';
import { type NodeDetailPorts, nodeDetailOf, nodeSummaryOf } from '../respond/node-summary.ts';

export function nodesRoute(ports: NodeDetailPorts): Handler {
  return (context) =>
    context.json({ nodes: [...ports.view.nodes()].map((node) => nodeSummaryOf(ports, node)) });
}

export function nodeRoute(ports: NodeDetailPorts): Handler {
  return (context) =>
    context.json(nodeDetailOf(ports, existingNode(ports.view, context.req.param('node_id'))));
}
