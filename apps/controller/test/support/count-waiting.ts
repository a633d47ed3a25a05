// Counts the queries that wait at a controller, seen from outside: which were added, and not yet taken out.

import type { Waiter, Waiters } from '../../src/publish/waiters.ts';

export interface WaitingCounts {
  /** How many wait now. */
  readonly waiting: number;
  /** How many have begun to wait since the start. */
  readonly begun: number;
}

/** Counts from now on. */
export function countWaiting(waiters: Waiters): () => WaitingCounts {
  const waiting = new Set<Waiter>();
  let begun = 0;
  const add = waiters.add.bind(waiters);
  waiters.add = (nodeId, instanceId) => {
    const waiter = add(nodeId, instanceId);
    waiting.add(waiter);
    begun += 1;
    const cancel = () => {
      waiting.delete(waiter);
      waiter.cancel();
    };
    return { ...waiter, cancel };
  };
  return () => ({ waiting: waiting.size, begun });
}
