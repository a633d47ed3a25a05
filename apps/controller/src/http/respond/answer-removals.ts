// Answers config queries while the controller has no epoch yet because its database takes no writes. The
// answers name the nodes that are out and hold nothing else: there are no keys, and no lease is renewed.

import type { NodeId } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import { parseVersion } from '../../publish/change-feed.ts';
import type { ConfigAnswers } from '../../publish/config-answer.ts';
import type { Publication } from '../../publish/publication.ts';
import type { AskedConfig } from './answer-config.ts';
import { answerInterrupted } from './answer-interrupted.ts';
import { type WaitUntilWokenPorts, waitUntilWoken } from './wait-until-woken.ts';
import { type Answer, json } from './write-answer.ts';

export interface AnswerRemovalsPorts extends WaitUntilWokenPorts {
  readonly journal: { readonly failing: boolean };
  readonly publication: Publication;
  readonly answers: ConfigAnswers;
}

/**
 * Answers at once if a node was cut since this node's last answer. Otherwise it answers when a node is cut or
 * at the end of the wait. Each answer names every node that is out, because an earlier process may have named
 * fewer.
 */
export function answerRemovals(ports: AnswerRemovalsPorts) {
  const { journal, publication, answers, waiters } = ports;
  /** The change counter at each node's last answer. */
  const told = new Map<NodeId, number>();
  return async ({ nodeId, query, hangUp }: Omit<AskedConfig, 'arrival'>): Promise<Answer> => {
    const base = parseVersion(query.version ?? '');
    if (!journal.failing) throw new ProblemError(problem('not_ready', 'the first epoch is being opened'), 1);
    if (base === undefined || base.epochId > publication.version().epochId)
      throw new ProblemError(
        problem('storage_unavailable', 'no epoch is opened while the database cannot be written'),
        1,
      );
    if (query.waitMs > 0 && told.get(nodeId) === publication.version().counter) {
      const waiter = waiters.add(nodeId, query.instanceId);
      const interrupted = answerInterrupted(await waitUntilWoken(ports, waiter, query.waitMs, hangUp));
      if (interrupted !== undefined) return interrupted;
      // The disk takes writes again, so the next query is answered in full.
      if (publication.ready) throw new ProblemError(problem('not_ready', 'an epoch was just opened'), 1);
    }
    told.set(nodeId, publication.version().counter);
    return json(await answers.removals(nodeId, base, query));
  };
}
