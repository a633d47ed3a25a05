// Waits for the end of one blocking query.

import type { Timers } from '@mesh/host';
import type { Waiter, Waiters, WakeReason } from '../../publish/waiters.ts';
import type { HangUp } from './hang-up.ts';

export interface WaitUntilWokenPorts {
  readonly waiters: Waiters;
  readonly timers: Timers;
}

/**
 * Resolves when the query is woken or its time is over. A caller that hangs up counts as a timeout. The
 * waiter is removed, and the node keeps its place for its answer.
 */
export function waitUntilWoken(
  { waiters, timers }: WaitUntilWokenPorts,
  waiter: Waiter,
  waitMs: number,
  hangUp: HangUp,
): Promise<WakeReason | 'timeout'> {
  return new Promise((resolve) => {
    let isOver = false;
    const end = (how: WakeReason | 'timeout'): void => {
      // A caller can hang up while it is answered, and a waiter's turn can come after its time is over. The
      // node's place is no longer this query's then.
      if (isOver) return;
      isOver = true;
      cancel();
      stopWaiting(waiters, waiter);
      resolve(how);
    };
    const cancel = timers.setTimer(waitMs, () => end('timeout'));
    hangUp.onGone(() => end('timeout'));
    void waiter.woken.then(end);
  });
}

/** Removes the waiter of a query that is about to be answered. */
export function stopWaiting(waiters: Waiters, waiter: Waiter): void {
  waiter.cancel();
  waiters.noteAnswering(waiter.nodeId, waiter.instanceId);
}
