// How many queries wait at a controller, seen from outside: which were added, and not yet taken out.

import type { Waiter, Waiters } from '../../src/publish/waiters.ts';

/** Counts from now on. */
export function countWaiting(waiters: Waiters): () => number {
  const waiting = new Set<Waiter>();
  const add = waiters.add.bind(waiters);
  waiters.add = (nodeId, instanceId) => {
    const waiter = add(nodeId, instanceId);
    waiting.add(waiter);
    const cancel = () => {
      waiting.delete(waiter);
      waiter.cancel();
    };
    return { ...waiter, cancel };
  };
  return () => waiting.size;
}
