// policy.replace: lets an operator set one weaker policy in the place of the present one.

import { canonicalJson, type JsonValue, portableSha256, sha256Hex, utf8 } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import type { RequestRule } from './request-rule.ts';

export const policyReplace: RequestRule<'policy.replace'> = {
  stateFor: ({ present }, _view, { policy }) => {
    const policyNow = policyDigest(policy);
    if (present !== policyNow)
      return {
        kind: 'none',
        problem: problem(
          'request_stale',
          `present: the policy in force is ${policyNow}, not ${present}; make a new request for it`,
        ),
      };
    return { kind: 'found', state: { policy: policyNow } };
  },
};

/** The digest of a policy with all its defaults, however it was written: SHA-256 over its JCS text. */
export function policyDigest(policy: Policy): string {
  const plain = JSON.parse(JSON.stringify(policy)) as JsonValue;
  return `sha256:${sha256Hex(portableSha256(utf8(canonicalJson(plain))))}`;
}
