// Notes that a node has come with a certificate of the CA that is to take the place of the present one.

import { type MeshView, noteCaTrust } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Judge } from '../../judge/judge.ts';

export interface CaTrustPorts {
  readonly view: MeshView;
  readonly judge: Judge;
}

/**
 * The request does not wait. Of requests that come before the note is on disk, all but the first change
 * nothing.
 */
export function notingCaTrust({ view, judge }: CaTrustPorts): (nodeId: NodeId, caPin: string) => void {
  return (nodeId, caPin) => {
    const { next } = view.ca();
    if (next?.pin !== caPin || next.trustedBy.has(nodeId)) return;
    // If the disk fails, the judge has dealt with it, and the next request brings the certificate again.
    judge.run(noteCaTrust(nodeId, caPin)).catch(() => undefined);
  };
}
