// policy.replace: lets an operator set one weaker policy in the place of the present one.

import { problem } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import { policyHashOf } from '../events/policy-text.ts';
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

/** How a request names a policy: `sha256:` and its hash, which is the same however the policy was written. */
export function policyDigest(policy: Policy): string {
  return `sha256:${policyHashOf(policy)}`;
}
