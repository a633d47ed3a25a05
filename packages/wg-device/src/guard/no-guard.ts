// Where there is no guard: a dry run, a host without nftables, or an operator who asked for none. The agent's
// own lease still closes the tunnels. An agent that is killed leaves them open until the other ends drop this
// node.

import type { LeaseGuard } from './lease-guard.ts';

export function createNoGuard(): LeaseGuard {
  const done = () => Promise.resolve();
  return {
    kind: 'none',
    apply: done,
    removeNow: done,
    state: () => ({ kind: 'idle' }),
    stop: () => undefined,
    down: done,
  };
}
