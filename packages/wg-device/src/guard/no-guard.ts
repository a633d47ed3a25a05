// Stands in for the guard in a dry run, on a host without nftables, and where the operator wants no guard. If
// the process is then killed, its tunnels stay open until the other ends remove this peer.

import type { LeaseGuard } from './lease-guard.ts';
import { NO_RESTRICTIONS } from './restrictions-in.ts';

export function createNoGuard(): LeaseGuard {
  const done = () => Promise.resolve();
  return {
    kind: 'none',
    apply: done,
    removeNow: done,
    state: () => ({ kind: 'idle' }),
    restrictions: () => NO_RESTRICTIONS,
    stop: () => undefined,
    down: done,
  };
}
