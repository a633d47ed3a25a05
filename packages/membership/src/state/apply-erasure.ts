// What an erasure changes in the state: a node that is out for good loses what is only of use for judging and
// reaching it. What the log's details are, the store erases after the commit.

import type { ErasureEvent } from '../events/erasure-event.ts';
import type { MeshDraft } from './mesh-draft.ts';

export function applyErasure(draft: MeshDraft, event: ErasureEvent): void {
  if (event.type === 'details_expired') {
    draft.putErasure({ nodeId: undefined, before: event.before });
    return;
  }
  draft.putErasure({ nodeId: event.nodeId, before: event.before });
  const node = draft.node(event.nodeId);
  if (node?.status !== 'revoked') return;
  draft.putNode({
    ...node,
    latest: undefined,
    exams: undefined,
    endpoint: { ...node.endpoint, advertise: [] },
    observedAddress: undefined,
    enrolledFrom: undefined,
  });
}
