// For how long the controller's last word stands without hearing from it again. Pure. It counts on the boot
// clock, which runs through suspend: a machine that sleeps through its lease wakes up with its tunnels
// closed.

export interface Lease {
  readonly endsAtBootMs: number;
}

/** A lease that begins now. `holdSeconds` lengthens it where the operator chose `hold`. */
export function renewedLease(bootNowMs: number, leaseSeconds: number, holdSeconds = 0): Lease {
  return { endsAtBootMs: bootNowMs + (leaseSeconds + holdSeconds) * 1_000 };
}

/** The end itself is outside the lease. */
export function leaseHolds(lease: Lease | undefined, bootNowMs: number): boolean {
  return lease !== undefined && bootNowMs < lease.endsAtBootMs;
}

export function leaseLeftMs(lease: Lease | undefined, bootNowMs: number): number {
  return lease === undefined ? 0 : Math.max(0, lease.endsAtBootMs - bootNowMs);
}
