// GET /v1/config/{node_id}?version=V&wait=25s&instance=I. If the node's config is not V, the answer comes at
// once. Otherwise it comes when the config changes, or as 304 at the end of the wait. With stream=1, removal
// notices leave the query open, and more can follow during the rest of the wait.
//
// The route works on Node's own request and response. After a denial every agent of the mesh is answered and
// asks again at once, and the framework would double what that costs.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeRecord } from '@mesh/membership';
import { routes } from '@mesh/protocol';
import type { SlotMoves } from '../../publish/slot-moves.ts';
import type { Arrival } from '../gate/arrivals.ts';
import { readConfigQuery } from '../receive/config-query.ts';
import { type ConfigKeyListPorts, notingConfigKeyList } from '../receive/noted-config-key-list.ts';
import { QueryConnections } from '../receive/query-connections.ts';
import { noteCopy, refuseSecondInstance, type SecondInstancePorts } from '../receive/second-instance.ts';
import { type AnswerConfigPorts, answerConfig } from '../respond/answer-config.ts';
import { refusalOf } from '../respond/answer-problem.ts';
import { type AnswerRemovalsPorts, answerRemovals } from '../respond/answer-removals.ts';
import { HangUp } from '../respond/hang-up.ts';
import { type StreamPorts, streamAnswers } from '../respond/stream-answers.ts';
import { writeAnswer } from '../respond/write-answer.ts';

export type ConfigPorts = AnswerConfigPorts &
  AnswerRemovalsPorts &
  SecondInstancePorts &
  StreamPorts &
  ConfigKeyListPorts & { readonly slotMoves: Pick<SlotMoves, 'noteAbility'> };

/** The node that sent a request, and what the request was charged to. */
export interface Sender {
  readonly node: NodeRecord;
  readonly arrival: Arrival;
}

/** @throws ProblemError if the caller is not the node of the path */
export type Authenticate = (request: IncomingMessage, pathNodeId: string) => Sender;

const PREFIX = routes.config.slice(0, routes.config.indexOf(':'));
const TARGET = /^([^/?#%]+)(?:\?([^#]*))?$/;

/** @returns whether the request is a config query, which is then answered */
export type DirectRoute = (request: IncomingMessage, response: ServerResponse) => boolean;

export function configRoute(ports: ConfigPorts, authenticate: Authenticate): DirectRoute {
  const { waiters, publication, clock, logger, slotMoves } = ports;
  const answer = answerConfig(ports);
  const removals = answerRemovals(ports);
  const inTurn = streamAnswers(ports, answer);
  const connections = new QueryConnections(waiters);
  const noteList = notingConfigKeyList(ports);

  const respond = async (
    request: IncomingMessage,
    response: ServerResponse,
    pathNodeId: string,
    parameters: string,
  ): Promise<void> => {
    try {
      const { node, arrival } = authenticate(request, pathNodeId);
      const { nodeId } = node;
      const query = readConfigQuery(parameters);
      const refusing = refuseSecondInstance(ports, nodeId, query);
      if (refusing !== undefined) await refusing;
      noteList(nodeId, query.configKeyListMs);
      slotMoves.noteAbility(nodeId, query.movesSlots);
      const hangUp = new HangUp(response);
      if (query.waitMs > 0 && connections.follow(request.socket, nodeId, query.instanceId))
        noteCopy(ports, nodeId, query.instanceId);
      try {
        const asked = { nodeId, query, arrival, hangUp };
        if (query.takesStream && query.waitMs > 0 && publication.ready) await inTurn(response, asked);
        else writeAnswer(response, await (publication.ready ? answer : removals)(asked));
      } finally {
        if (query.waitMs > 0) {
          if (hangUp.isGone) waiters.noteGone(nodeId, query.instanceId);
          else waiters.noteAnswered(nodeId, query.instanceId, clock.monotonicMs());
        }
      }
    } catch (error) {
      const refusal = refusalOf(error, logger, PREFIX + pathNodeId);
      if (!response.headersSent) writeAnswer(response, refusal);
      else if (!response.writableEnded) response.destroy();
    }
  };

  return (request, response) => {
    const { method, url = '' } = request;
    if (method !== 'GET' || !url.startsWith(PREFIX)) return false;
    const target = TARGET.exec(url.slice(PREFIX.length));
    if (target === null) return false;
    void respond(request, response, target[1] ?? '', target[2] ?? '');
    return true;
  };
}
