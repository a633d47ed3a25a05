// The answer to a blocking query that was ended early, before its time was over and without news.

import { problem } from '@mesh/protocol';
import type { WakeReason } from '../../publish/waiters.ts';
import { answerProblem } from './answer-problem.ts';

/** @returns undefined if the query ended for another reason */
export function answerInterrupted(woken: WakeReason | 'timeout'): Response | undefined {
  if (woken === 'superseded')
    return answerProblem(problem('query_outstanding', 'a newer query of this node took over'));
  if (woken === 'closing') return answerProblem(problem('not_ready', 'the controller is stopping'), 1);
  return undefined;
}
