// What a controller answers that could not open an epoch yet, because its database takes no writes: who is out, and
// nothing else. It has no keys to give, and no lease is renewed.

import { ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import { parseVersion } from '../../publish/change-feed.ts';
import type { Services } from '../../services.ts';
import { answerProblem } from '../answer-problem.ts';
import type { NodesEnv } from '../nodes-env.ts';
import { waitFor } from '../wait-for.ts';
import type { ConfigQuery } from './config-query.ts';

/**
 * Answers at once where somebody was cut since the node was last told, otherwise when somebody is, or at the end of the wait.
 * All who are out are named each time: an earlier process may have told less.
 */
export function answerRemovals(services: Services) {
  const { journal, publication, answers, waiters, timers } = services;
  /** At which change each node was last told. */
  const told = new Map<string, number>();
  return async (context: Context<NodesEnv>, nodeId: string, query: ConfigQuery): Promise<Response> => {
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
        const woken = await waitFor(timers, waiter.woken, query.waitMs, context.req.raw.signal);
        if (woken === 'superseded')
          return answerProblem(problem('query_outstanding', 'a newer query of this node took over'));
        if (woken === 'closing') return answerProblem(problem('not_ready', 'the controller is stopping'), 1);
      } finally {
        waiter.cancel();
        waiters.noteAnswering(nodeId, query.instanceId);
      }
      // The disk takes writes again: the next query is answered in full.
      if (publication.ready) throw new ProblemError(problem('not_ready', 'an epoch was just opened'), 1);
    }
    told.set(nodeId, publication.version().counter);
    return context.json(await answers.removals(nodeId, base));
  };
}
