// The nodes that a change of the controller's keys has to wait for.

import type { NodeId } from '@mesh/primitives';
import type { MeshView } from '../state/mesh-view.ts';

/**
 * The nodes that have a certificate that is still good, are not revoked, and have not followed a change yet.
 * A node whose certificate has ended has to enrol again whatever happens.
 *
 * @param followed the ids of the nodes that have followed it
 */
export function nodesBehind(view: MeshView, nowMs: number, followed: ReadonlySet<string>): readonly NodeId[] {
  return [...view.nodes()]
    .filter(
      ({ nodeId, status, certificate }) =>
        status !== 'revoked' &&
        certificate !== undefined &&
        nowMs < certificate.notAfterMs &&
        !followed.has(nodeId),
    )
    .map(({ nodeId }) => nodeId);
}

/** How many of the nodes a refusal names. */
const NAMED = 5;

/** The first nodes by name, and how many more there are. */
export function nameSome(nodes: readonly NodeId[]): string {
  const more = nodes.length > NAMED ? `, and ${nodes.length - NAMED} more` : '';
  return `${nodes.slice(0, NAMED).join(', ')}${more}`;
}
