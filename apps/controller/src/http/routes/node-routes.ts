// GET /v1/nodes and GET /v1/nodes/{node_id}, on the administration socket.

import { pageQuery } from '@mesh/protocol';
import type { Handler } from 'hono';
import { existingNode } from '../receive/existing-node.ts';
import { readQuery } from '../receive/read-query.ts';
import { type NodeDetailPorts, nodeDetailOf, nodeSummaryOf } from '../respond/node-summary.ts';
import { pageOf } from '../respond/page-of.ts';

export function nodesRoute(ports: NodeDetailPorts): Handler {
  return (context) => {
    const { items, ...rest } = pageOf(
      ports.view.nodes(),
      ({ nodeId }) => nodeId,
      readQuery(context, pageQuery),
    );
    return context.json({ nodes: items.map((node) => nodeSummaryOf(ports, node)), ...rest });
  };
}

export function nodeRoute(ports: NodeDetailPorts): Handler {
  return (context) =>
    context.json(nodeDetailOf(ports, existingNode(ports.view, context.req.param('node_id'))));
}
