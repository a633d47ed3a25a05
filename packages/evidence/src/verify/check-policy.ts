// The policy that judged: its whole text is an entry of the log, and another entry put it in force.

import { canonicalJson, portableSha256, toHex, utf8 } from '@mesh/primitives';
import { type Policy, parsePolicy, ScoringError } from '@mesh/scoring';
import type { LoggedEntry } from './check-entries.ts';
import { type Findings, Refutation } from './findings.ts';

export interface PolicyInForce {
  readonly policy: Policy;
  /** The entry from which on it decided. */
  readonly from: LoggedEntry;
}

/** @returns undefined if the decision names none, or one that this version cannot read */
export function checkPolicy(
  decision: LoggedEntry,
  entries: readonly LoggedEntry[],
  findings: Findings,
): PolicyInForce | undefined {
  const version = decision.data.policy_version;
  if (typeof version !== 'number') {
    findings.missing('policy', 'policy_not_recorded', 'the entry of the decision names no policy');
    return undefined;
  }
  const inForce = policyOf(version, entries);
  if (inForce === undefined) {
    findings.missing(
      'policy',
      'newer_version',
      'the log has the text of the policy, which this version cannot read: verify with a newer one',
    );
    return undefined;
  }
  findings.shown('policy', `version ${version} of the policy was in force, and its text is in the log`);
  return inForce;
}

/**
 * The policy under which a result came: the newest of the file that was in force before it.
 * @returns undefined if the file has none, or if this version cannot read it
 */
export function policyAt(index: number, entries: readonly LoggedEntry[]): PolicyInForce | undefined {
  const from = entries.findLast((entry) => entry.type === 'policy_applied' && entry.index < index);
  const version = from?.data.version;
  return typeof version === 'number' ? policyOf(version, entries) : undefined;
}

/** @returns undefined if this version cannot read it. @throws Refutation */
function policyOf(version: number, entries: readonly LoggedEntry[]): PolicyInForce | undefined {
  const changed = entries.find(({ type, data }) => type === 'policy_changed' && data.version === version);
  const from = entries.find(({ type, data }) => type === 'policy_applied' && data.version === version);
  if (changed === undefined || from === undefined || from.index < changed.index)
    throw differs(`the file lacks the entries of version ${version} of the policy`);
  const text = canonicalJson(changed.data.policy ?? null);
  if (toHex(portableSha256(utf8(text))) !== changed.data.policy_sha256)
    throw differs(`the text of version ${version} of the policy does not have the hash that the log gives`);
  const policy = read(changed);
  return policy && { policy, from };
}

/** @returns undefined for a policy with settings that this version does not know */
function read({ data }: LoggedEntry): Policy | undefined {
  try {
    return parsePolicy(data.policy);
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    return undefined;
  }
}

const differs = (why: string): Refutation => new Refutation('policy', 'policy_differs', why);
