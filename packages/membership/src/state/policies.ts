// The policy in force, the one that waits for the next boundary, and where both come from. A policy that is
// replaced stays in the log; the state knows the newest ones only.

import type { EpochId, Sha256Hex } from '@mesh/primitives';
import type { Policy } from '@mesh/scoring';
import type { PolicyEvent } from '../events/policy-event.ts';

/** A policy that was accepted. Records are replaced as a whole. */
export interface PolicyRecord {
  /** Rises by one with each policy that is accepted; the first is 1. */
  readonly version: number;
  /** As `policyHashOf` computes it. */
  readonly hash: Sha256Hex;
  readonly policy: Policy;
  /**
   * SHA-256 of the configuration's policy as it is written there, for a policy that comes from there;
   * undefined for one that an operator set.
   */
  readonly configurationHash: Sha256Hex | undefined;
  readonly why: string;
  readonly changedAtMs: number;
  /** Since when it decides; undefined while it waits. */
  readonly applied: { readonly atMs: number; readonly epochId: EpochId | 0 } | undefined;
}

export interface Policies {
  /** The policy that decides; undefined until the first one applies. */
  readonly active: PolicyRecord | undefined;
  /** The policy that replaces it at the next boundary. */
  readonly pending: PolicyRecord | undefined;
  /** That of the newest policy that came from the configuration. */
  readonly configurationHash: Sha256Hex | undefined;
}

export const NO_POLICIES: Policies = Object.freeze({
  active: undefined,
  pending: undefined,
  configurationHash: undefined,
});

/** Adds a policy that waits, or replaces one that waited by itself in force. */
export function withPolicy(policies: Policies, record: PolicyRecord): Policies {
  const configurationHash = record.configurationHash ?? policies.configurationHash;
  if (record.applied === undefined) return { ...policies, pending: record, configurationHash };
  const { pending } = policies;
  const stillPending = pending !== undefined && pending.version > record.version ? pending : undefined;
  return { active: record, pending: stillPending, configurationHash };
}

/** The version that the next accepted policy gets. */
export function nextPolicyVersion({ active, pending }: Policies): number {
  return Math.max(active?.version ?? 0, pending?.version ?? 0) + 1;
}

/**
 * The record that an event adds or replaces; undefined if another policy waits than the one that it applies.
 */
export function policyAfter(
  { pending }: Policies,
  event: PolicyEvent,
  atMs: number,
): PolicyRecord | undefined {
  if (event.type === 'policy_changed') {
    const { version, hash, policy, configurationHash, why } = event;
    return { version, hash, policy, configurationHash, why, changedAtMs: atMs, applied: undefined };
  }
  if (pending?.version !== event.version) return undefined;
  return { ...pending, applied: { atMs, epochId: event.epochId } };
}
