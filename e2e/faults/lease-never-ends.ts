// A lease that, once given, holds for ever in the agent's eyes.

import type { Lease } from '../../apps/node-agent/src/lease/lease.ts';

export { leaseLeftMs, renewedLease } from '../../apps/node-agent/src/lease/lease.ts';

export function leaseHolds(lease: Lease | undefined): boolean {
  return lease !== undefined;
}
