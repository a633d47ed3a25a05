// The lease: how long the agent follows the controller's last answer without a new one. Pure. It counts on
// the boot clock, which continues during suspend, so the lease also ends while the machine sleeps.

export interface Lease {
  readonly endsAtBootMs: number;
}

/** A lease that begins now. `holdSeconds` makes it longer if the operator chose `hold`. */
export function renewedLease(bootNowMs: number, leaseSeconds: number, holdSeconds = 0): Lease {
  return { endsAtBootMs: bootNowMs + (leaseSeconds + holdSeconds) * 1_000 };
}

/** Whether the lease still holds. At its end it no longer holds. */
export function leaseHolds(lease: Lease | undefined, bootNowMs: number): boolean {
  return lease !== undefined && bootNowMs < lease.endsAtBootMs;
}

export function leaseLeftMs(lease: Lease | undefined, bootNowMs: number): number {
  return lease === undefined ? 0 : Math.max(0, lease.endsAtBootMs - bootNowMs);
}
