// Ends a node's identity key when the node comes with the one that it has announced.

import { useAnnouncedKey } from '@mesh/membership';
import type { IdentityKey, NodeId } from '@mesh/primitives';
import type { Judge } from '../../judge/judge.ts';

export interface AnnouncedKeyPorts {
  readonly judge: Judge;
}

/** The request does not wait: both keys are good until the change is on disk. */
export function usingAnnouncedKey({
  judge,
}: AnnouncedKeyPorts): (nodeId: NodeId, identityKey: IdentityKey) => void {
  return (nodeId, identityKey) => {
    // If the disk fails, the judge has dealt with it, and the next request brings the key again.
    judge.run(useAnnouncedKey(nodeId, identityKey)).catch(() => undefined);
  };
}
