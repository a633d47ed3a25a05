// Answers config queries while the controller has no epoch yet because its database takes no writes. The
// answers name the nodes that are out and hold nothing else: there are no keys, and no lease is renewed.

import type { Timers } from '@mesh/host';
import type { NodeId } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import { parseVersion } from '../../publish/change-feed.ts';
import type { ConfigAnswers } from '../../publish/config-answer.ts';
import type { Publication } from '../../publish/publication.ts';
import type { Waiters } from '../../publish/waiters.ts';
import type { NodesEnv } from '../gate/nodes-env.ts';
import type { ConfigQuery } from '../receive/config-query.ts';
import { answerInterrupted } from './answer-interrupted.ts';
import { waitUntilWoken } from './wait-until-woken.ts';

export interface AnswerRemovalsPorts {
  readonly journal: { readonly failing: boolean };
  readonly publication: Publication;
  readonly answers: ConfigAnswers;
  readonly waiters: Waiters;
  readonly timers: Timers;
}

/**
 * Answers at once if a node was cut since this node's last answer. Otherwise it answers when a node is cut or
 * at the end of the wait. Each answer names every node that is out, because an earlier process may have named
 * fewer.
 */
export function answerRemovals({ journal, publication, answers, waiters, timers }: AnswerRemovalsPorts) {
  /** The change counter at each node's last answer. */
  const told = new Map<NodeId, number>();
  return async (context: Context<NodesEnv>, nodeId: NodeId, query: ConfigQuery): Promise<Response> => {
    const base = parseVersion(query.version ?? '');
    if (!journal.failing) throw new ProblemError(problem('not_ready', 'the first epoch is being opened'), 1);
    if (base === undefined || base.epochId > publication.version().epochId)
      throw new ProblemError(
        problem('storage_unavailable', 'no epoch is opened while the database cannot be written'),
        1,
      );
    if (query.waitMs > 0 && told.get(nodeId) === publication.version().counter) {
      const waiter = waiters.add(nodeId, query.instanceId);
      try {
        const woken = await waitUntilWoken(timers, waiter.woken, query.waitMs, context.req.raw.signal);
        const interrupted = answerInterrupted(woken);
        if (interrupted !== undefined) return interrupted;
      } finally {
        waiter.cancel();
        waiters.noteAnswering(nodeId, query.instanceId);
      }
      // The disk takes writes again, so the next query is answered in full.
      if (publication.ready) throw new ProblemError(problem('not_ready', 'an epoch was just opened'), 1);
    }
    told.set(nodeId, publication.version().counter);
    return context.json(await answers.removals(nodeId, base));
  };
}
