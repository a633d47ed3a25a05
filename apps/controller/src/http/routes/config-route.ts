// GET /v1/config/{node_id}?version=V&wait=25s&instance=I. If the node's config is not V, the answer comes at
// once. Otherwise it comes when the config changes, or as 304 at the end of the wait.

import type { Handler } from 'hono';
import type { NodesEnv } from '../gate/nodes-env.ts';
import { readConfigQuery } from '../receive/config-query.ts';
import { QueryConnections } from '../receive/query-connections.ts';
import { refuseSecondInstance, type SecondInstancePorts } from '../receive/second-instance.ts';
import { type AnswerConfigPorts, answerConfig } from '../respond/answer-config.ts';
import { type AnswerRemovalsPorts, answerRemovals } from '../respond/answer-removals.ts';

export type ConfigPorts = AnswerConfigPorts & AnswerRemovalsPorts & SecondInstancePorts;

export function configRoute(ports: ConfigPorts): Handler<NodesEnv> {
  const { waiters, publication, clock } = ports;
  const answer = answerConfig(ports);
  const removals = answerRemovals(ports);
  const connections = new QueryConnections(waiters);
  return async (context) => {
    const { nodeId } = context.get('node');
    const query = readConfigQuery(context.req.query());
    await refuseSecondInstance(ports, nodeId, query);
    if (query.waitMs > 0) connections.follow(context.env.incoming.socket, nodeId, query.instanceId);
    const { signal } = context.req.raw;
    try {
      return await (publication.ready ? answer : removals)(context, nodeId, query);
    } finally {
      if (query.waitMs > 0) {
        if (signal.aborted) waiters.noteGone(nodeId, query.instanceId);
        else waiters.noteAnswered(nodeId, query.instanceId, clock.monotonicMs());
      }
    }
  };
}
