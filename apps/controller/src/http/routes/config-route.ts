// GET /v1/config/{node_id}?version=V&wait=25s&instance=I: at once if the node's config is not V, else when it changes
// or with 304 at the end of the wait.

import type { Socket } from 'node:net';
import { LogField } from '@mesh/host';
import { noteInstanceConflict } from '@mesh/membership';
import { ProblemError, problem } from '@mesh/protocol';
import type { Context, Handler } from 'hono';
import { parseVersion } from '../../publish/change-feed.ts';
import type { News } from '../../publish/find-news.ts';
import type { WakeReason } from '../../publish/waiters.ts';
import type { Services } from '../../services.ts';
import { answerProblem } from '../answer-problem.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { waitFor } from '../wait-for.ts';
import { answerRemovals } from './answer-removals.ts';
import { type ConfigQuery, readConfigQuery } from './config-query.ts';

export function configRoute(services: Services): Handler<NodesEnv> {
  const { waiters, publication, clock } = services;
  const answer = answerQuery(services);
  const removals = answerRemovals(services);
  const followConnection = connectionFollower(services);
  return async (context) => {
    const { nodeId } = context.get('node');
    const query = readConfigQuery(context.req.query());
    await refuseSecondInstance(services, nodeId, query);
    if (query.waitMs > 0) followConnection(context.env.incoming.socket, nodeId, query.instanceId);
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

/**
 * An agent that dies between two queries closes its connection, and loses its place with that. Otherwise its successor would
 * be refused, for longer than a lead may have left.
 */
function connectionFollower({ waiters }: Services) {
  const followed = new WeakSet<Socket>();
  /** Over which each node asked last: that an earlier one ends says nothing. */
  const last = new Map<string, Socket>();
  return (socket: Socket, nodeId: string, instanceId: string | undefined): void => {
    last.set(nodeId, socket);
    if (followed.has(socket)) return;
    followed.add(socket);
    socket.once('close', () => {
      if (last.get(nodeId) !== socket) return;
      last.delete(nodeId);
      waiters.noteGone(nodeId, instanceId);
    });
  };
}

function answerQuery(services: Services) {
  const { waiters, publication, answers, journal, view, leases, maintenance, timers } = services;
  /** The newest version that each node has been given. */
  const answered = new Map<string, string>();
  return async (context: Context<NodesEnv>, nodeId: string, query: ConfigQuery): Promise<Response> => {
    const arrival = context.get('arrival');
    const newsNow = (): News => {
      const node = view.node(nodeId);
      return node === undefined ? { kind: 'none' } : publication.newsFor(node, query.version);
    };
    const waiter = query.waitMs > 0 ? waiters.add(nodeId, query.instanceId) : undefined;
    let news: News;
    let woken: WakeReason | 'timeout' | undefined;
    try {
      news = newsNow();
      if (news.kind === 'none' && waiter !== undefined) {
        woken = await waitFor(timers, waiter.woken, query.waitMs, context.req.raw.signal);
        if (woken === 'superseded')
          return answerProblem(problem('query_outstanding', 'a newer query of this node took over'));
        if (woken === 'closing') return answerProblem(problem('not_ready', 'the controller is stopping'), 1);
        news = newsNow();
      }
    } finally {
      waiter?.cancel();
      if (waiter !== undefined) waiters.noteAnswering(nodeId, query.instanceId);
    }
    // Nothing is awaited from here to the answer, so no removal falls between the two.
    const isWaiting = query.waitMs > 0;
    const isNew = news.kind !== 'none' && answered.get(nodeId) !== publication.currentVersion();
    // What is new is told out of the reserve too: a removal may be in it.
    if (!isNew && !(isWaiting && bringsNoKeys(services, news))) arrival.refuseReserve();
    // It has waited its whole time, or for news. Who hangs up has done neither.
    if (woken === 'timeout' ? !context.req.raw.signal.aborted : woken === 'changed' && news.kind !== 'none')
      arrival.giveBack();
    if (news.kind !== 'none') answered.set(nodeId, publication.currentVersion());
    if (news.kind === 'everything') {
      if (isWaiting && isNew) arrival.giveBack();
      return context.json(await answers.full(nodeId));
    }
    if (news.kind === 'difference') {
      const answer = await answers.delta(nodeId, news);
      // Only the removals of it: the rest is still to be told.
      if ('base' in answer && answer.version === answer.base) answered.delete(nodeId);
      else if (isWaiting && isNew) arrival.giveBack();
      return context.json(answer);
    }
    // "Nothing new" renews a lease, and while the disk fails no lease is renewed.
    if (journal.failing)
      return answerProblem(
        problem('storage_unavailable', 'no lease is renewed while the database cannot be written'),
        1,
      );
    // A 304 would renew the longer lease of planned work, of which less is left by now.
    const base = parseVersion(query.version ?? '');
    if (maintenance.isOpen && base !== undefined)
      return context.json(
        await answers.delta(nodeId, { kind: 'difference', base, changed: [], limited: [], newEpoch: false }),
      );
    leases.renew(nodeId);
    return context.body(null, 304);
  };
}

/** Nothing, or removals alone: nobody gets keys, or everything, as often as it likes. */
function bringsNoKeys({ view, standing }: Services, news: News): boolean {
  if (news.kind !== 'difference') return news.kind === 'none';
  const isIn = (nodeId: string) => {
    const node = view.node(nodeId);
    return node !== undefined && standing(node).allowed;
  };
  return !news.newEpoch && news.limited.length === 0 && !news.changed.some(isIn);
}

/**
 * Two agents with one identity would fight over sequences and sessions: the second is refused while the first is here.
 * Who names no instance may look, and not take its place.
 */
async function refuseSecondInstance(
  services: Services,
  nodeId: string,
  { instanceId, waitMs }: ConfigQuery,
): Promise<void> {
  const { waiters, instances, judge, clock, logger } = services;
  const open = waiters.openInstance(nodeId, clock.monotonicMs());
  if (
    open?.instanceId === undefined ||
    open.instanceId === instanceId ||
    (instanceId === undefined && waitMs === 0)
  )
    return;
  const conflict = {
    running: open.instanceId,
    refused: instanceId,
    seenAtMs: Math.floor(clock.nowMs()),
  };
  if (instances.note(nodeId, conflict)) {
    logger.warn({ [LogField.nodeId]: nodeId }, 'a second agent with the same identity was refused');
    // Should the disk fail, which the judge has seen to, it is refused all the same.
    await judge.run(noteInstanceConflict(nodeId, conflict)).catch(() => undefined);
  }
  throw new ProblemError(
    problem('instance_conflict', 'another agent is running with this identity; stop one of them'),
    5,
  );
}
