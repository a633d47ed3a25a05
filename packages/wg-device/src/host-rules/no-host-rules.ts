// Stands in for the host rules in a dry run, on a host without nftables, and where the operator wants none.

import type { HostRules } from './host-rules.ts';

export function createNoHostRules(): HostRules {
  const done = () => Promise.resolve();
  return { kind: 'none', tie: done, state: () => ({ kind: 'idle' }), down: done };
}
