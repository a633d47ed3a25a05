// node.release: ends the quarantine of one node, even if its class is revoked.

import { formatRfc3339 } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { quarantineOrRevoke } from '../commands/quarantine-or-revoke.ts';
import type { RequestRule } from './request-rule.ts';

export const nodeRelease: RequestRule<'node.release'> = {
  // The time of the quarantine: a release from one is not good for the next.
  stateFor: ({ node_id: nodeId }, view) => {
    const node = view.node(nodeId);
    if (node?.status !== 'quarantined')
      return {
        kind: 'none',
        problem: problem(
          'state_conflict',
          `node ${nodeId} is not quarantined: there is nothing to release it from`,
        ),
      };
    const { enrolledAtMs, quarantinedAtMs } = node;
    return {
      kind: 'found',
      state: {
        node_id: nodeId,
        enrolled_at: formatRfc3339(enrolledAtMs),
        quarantined_at: quarantinedAtMs === undefined ? null : formatRfc3339(quarantinedAtMs),
      },
    };
  },
  carryOut: ({ node_id: nodeId }, cause) => quarantineOrRevoke({ change: 'release', nodeId, ...cause }),
};
