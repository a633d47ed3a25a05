// The answer to a blocking query that was ended early, before its time was over and without news.

import { problem } from '@mesh/protocol';
import type { WakeReason } from '../../publish/waiters.ts';
import { type Answer, refused } from './write-answer.ts';

/** @returns undefined if the query ended for another reason */
export function answerInterrupted(woken: WakeReason | 'timeout'): Answer | undefined {
  if (woken === 'superseded')
    return refused(problem('query_outstanding', 'a newer query of this node took over'));
  if (woken === 'closing') return refused(problem('not_ready', 'the controller is stopping'), 1);
  return undefined;
}
