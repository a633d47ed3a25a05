// node.revoke: denies a node at once and for ever.

import { quarantineOrRevoke } from '../commands/quarantine-or-revoke.ts';
import { enrolledNode } from './enrolled-node.ts';
import type { RequestRule } from './request-rule.ts';

export const nodeRevoke: RequestRule<'node.revoke'> = {
  stateFor: ({ node_id: nodeId }, view) => {
    const found = enrolledNode(view, nodeId);
    return found.kind === 'none' ? found : { kind: 'found', state: found.enrolment };
  },
  carryOut: ({ node_id: nodeId }, cause) => quarantineOrRevoke({ change: 'revoke', nodeId, ...cause }),
};
