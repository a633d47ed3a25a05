// A lease that, once given, never ends for the agent.

import type { Lease } from '../../apps/node-agent/src/lease/lease.ts';

export { leaseLeftMs, renewedLease } from '../../apps/node-agent/src/lease/lease.ts';

export function leaseHolds(lease: Lease | undefined): boolean {
  return lease !== undefined;
}
