// GET /v1/nodes/{node_id}/reach?peer={node_id}, on the administration socket: whether one node may send to
// another, by which rule, and what both ends report of their tunnel.

import { ProblemError, problem } from '@mesh/protocol';
import type { Handler } from 'hono';
import { existingNode } from '../receive/existing-node.ts';
import { type ReachPorts, reachAnswer } from '../respond/reach-answer.ts';

export function reachRoute(ports: ReachPorts): Handler {
  return (context) => {
    const from = existingNode(ports.view, context.req.param('node_id'));
    const peer = context.req.query('peer');
    if (peer === undefined || peer === '')
      throw new ProblemError(problem('invalid_parameter', 'peer must be the id of the other node'));
    const to = existingNode(ports.view, peer);
    if (from.nodeId === to.nodeId)
      throw new ProblemError(
        problem('invalid_parameter', 'peer must be another node than the one in the path'),
      );
    return context.json(reachAnswer(ports, from, to));
  };
}
