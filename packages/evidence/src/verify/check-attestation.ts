// The attestation in the node's message: a third party has signed the result, and the policy under which it
// came accepts that signature.

import type { Ed25519Verify } from '@mesh/primitives';
import { type BenchmarkMessage, verifyAttestation } from '@mesh/protocol';
import type { LoggedEntry } from './check-entries.ts';
import { policyAt } from './check-policy.ts';
import { type Findings, Refutation } from './findings.ts';

/** @param message that the node has signed, and whose hash the entry of the result has */
export function checkAttestation(
  message: BenchmarkMessage,
  result: LoggedEntry,
  entries: readonly LoggedEntry[],
  findings: Findings,
  verify: Ed25519Verify | undefined,
): void {
  const { details, index } = result;
  if (details === undefined) return;
  const { attestation, measured_by: said = 'self' } = message;
  if (attestation === undefined && details.attestor === undefined && said !== 'third_party') return;
  const inForce = policyAt(index, entries);
  if (inForce === undefined) {
    if (details.attestor !== undefined)
      findings.missing(
        'message',
        'policy_not_recorded',
        'the file lacks the policy under which the result came, and so the keys of its attestors',
      );
    return;
  }
  const { attestors } = inForce.policy;
  const proven =
    attestors === undefined || attestation === undefined
      ? undefined
      : verifyAttestation(message, attestation, attestors, verify);
  if (proven !== undefined && 'fault' in proven)
    throw differs(`entry ${index} counts an attestation that proves nothing: ${proven.fault}`);
  const measuredBy =
    proven !== undefined ? 'third_party' : attestors !== undefined && said === 'third_party' ? 'self' : said;
  if (details.attestor !== proven?.attestor || details.measured_by !== measuredBy)
    throw differs(`entry ${index} names another attestor or measurer than the message shows`);
  if (proven !== undefined)
    findings.shown('message', `${proven.attestor}, an attestor of the policy, has signed the result`);
}

const differs = (why: string): Refutation => new Refutation('message', 'attestation_differs', why);
