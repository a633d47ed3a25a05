// node.reclass: lets an operator move one node to a class that gives it more.

import { formatRfc3339 } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import type { RequestRule } from './request-rule.ts';

export const nodeReclass: RequestRule<'node.reclass'> = {
  // The enrolment as in node.revoke, and the class that the officers saw it in: a request from before they
  // revoked that class would let the node out of the revocation.
  stateFor: ({ node_id: nodeId }, view) => {
    const node = view.node(nodeId);
    if (node === undefined)
      return {
        kind: 'none',
        problem: problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`),
      };
    const { class: from, enrolledAtMs } = node;
    const revokedAtMs = view.class(from)?.revokedAtMs;
    return {
      kind: 'found',
      state: {
        node_id: nodeId,
        enrolled_at: formatRfc3339(enrolledAtMs),
        class: from,
        class_revoked_at: revokedAtMs === undefined ? null : formatRfc3339(revokedAtMs),
      },
    };
  },
};
