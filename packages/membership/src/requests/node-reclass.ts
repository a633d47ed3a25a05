// node.reclass: lets an operator move one node to a class that gives it more.

import { formatRfc3339 } from '@mesh/primitives';
import { enrolledNode } from './enrolled-node.ts';
import type { RequestRule } from './request-rule.ts';

export const nodeReclass: RequestRule<'node.reclass'> = {
  // The enrolment, and the class that the officers saw the node in: a request from before they revoked that
  // class would let the node out of the revocation.
  stateFor: ({ node_id: nodeId }, view) => {
    const found = enrolledNode(view, nodeId);
    if (found.kind === 'none') return found;
    const { class: from } = found.node;
    const revokedAtMs = view.class(from)?.revokedAtMs;
    return {
      kind: 'found',
      state: {
        ...found.enrolment,
        class: from,
        class_revoked_at: revokedAtMs === undefined ? null : formatRfc3339(revokedAtMs),
      },
    };
  },
};
