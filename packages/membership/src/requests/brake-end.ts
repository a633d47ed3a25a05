// brake.end: lets an operator decide once about the nodes that the safety brake holds.

import { problem } from '@mesh/protocol';
import { policyDigest } from './policy-replace.ts';
import type { RequestRule } from './request-rule.ts';

export const brakeEnd: RequestRule<'brake.end'> = {
  // The policy, because the holds say that it may be wrong. The held nodes are left out: with them, one more
  // bad result would spoil the request.
  stateFor: (_parameters, view, { policy }) =>
    [...view.nodes()].some(({ hold }) => hold !== undefined)
      ? { kind: 'found', state: { policy: policyDigest(policy) } }
      : {
          kind: 'none',
          problem: problem('state_conflict', 'the brake holds no node: there is nothing to end'),
        },
};
