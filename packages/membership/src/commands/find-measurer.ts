// Who measured a benchmark. Where the policy names attestors, `third_party` is what one of them has signed,
// and nothing else; the other values are the node's word.

import type { Ed25519Verify } from '@mesh/primitives';
import { type BenchmarkMessage, verifyAttestation } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';

export interface Measurer {
  readonly measuredBy: BenchmarkMessage['measured_by'];
  /** The key id of the attestor that proves it. */
  readonly attestor?: string;
}

/**
 * Without attestors in the policy there is nobody to check an attestation against, so it counts for nothing
 * and `measured_by` is the node's word. With attestors, a `third_party` without an attestation counts as
 * `self`.
 */
export function findMeasurer(
  { message, verify }: { readonly message: BenchmarkMessage; readonly verify?: Ed25519Verify },
  attestors: Policy['attestors'],
): Measurer | { readonly fault: string } {
  const { attestation, measured_by } = message;
  if (attestors === undefined) return { measuredBy: measured_by };
  if (attestation === undefined) return { measuredBy: measured_by === 'third_party' ? 'self' : measured_by };
  const proven = verifyAttestation(message, attestation, attestors, verify);
  return 'fault' in proven ? proven : { measuredBy: 'third_party', attestor: proven.attestor };
}
