// node.revoke: denies a node at once and for ever.

import { formatRfc3339 } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { quarantineOrRevoke } from '../commands/quarantine-or-revoke.ts';
import type { RequestRule } from './request-rule.ts';

export const nodeRevoke: RequestRule<'node.revoke'> = {
  // The enrolment, because a node can change neither its name nor this time. Its keys and its standing are
  // left out: with them, the node itself, or a quarantine meanwhile, would spoil the request.
  stateFor: ({ node_id: nodeId }, view) => {
    const node = view.node(nodeId);
    if (node === undefined)
      return {
        kind: 'none',
        problem: problem('not_found', `there is no node ${nodeId}; list them with: meshctl nodes list`),
      };
    return { kind: 'found', state: { node_id: nodeId, enrolled_at: formatRfc3339(node.enrolledAtMs) } };
  },
  carryOut: ({ node_id: nodeId }, cause) => quarantineOrRevoke({ change: 'revoke', nodeId, ...cause }),
};
