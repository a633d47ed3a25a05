// Where there are no host rules: a dry run, a host without nftables, or an operator who asked for none.

import type { HostRules } from './host-rules.ts';

export function createNoHostRules(): HostRules {
  const done = () => Promise.resolve();
  return { kind: 'none', tie: done, state: () => ({ kind: 'idle' }), down: done };
}
