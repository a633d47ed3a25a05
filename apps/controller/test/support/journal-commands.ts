// Commands for a journal that has no operator and no schedule.

import { createToken, freezeEpoch, lastEpochId, type MeshView } from '@mesh/membership';
import type { TokenId } from '@mesh/protocol';
import { NOW, sha256 } from '../../../../packages/membership/test/support/mesh.ts';

export const tokenOf = (tokenId: string, uses = 3) =>
  createToken({
    tokenId: tokenId as TokenId,
    secretHash: sha256(`secret of ${tokenId}`),
    uses,
    class: 'default',
    nodeId: undefined,
    ttlMs: 60_000,
    actor: { kind: 'socket' },
  });

/** The epoch after the newest one. */
export function freezeNext(view: MeshView, activateAtMs = NOW) {
  const epochId = lastEpochId(view) + 1;
  const commitment = `sha256:${sha256(String(epochId))}`;
  return freezeEpoch({ epochId: epochId as never, activateAtMs, commitment, cause: 'boundary' });
}
