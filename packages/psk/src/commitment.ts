// A public promise of the epoch secret: published with the epoch, it lets the controller show later which secret it
// used, and shows nothing of it before (the secret has 256 random bits).

import {
  concatBytes,
  type EpochId,
  lengthPrefixed,
  parseEpochId,
  toHex,
  uint64be,
  wipe,
} from '@mesh/primitives';
import type { EpochSecret } from './epoch-secret.ts';
import { type PskHash, portableHash } from './hash.ts';
import { COMMITMENT_LABEL } from './labels.ts';

export interface CommitmentInput {
  readonly epochId: EpochId;
  readonly epochSecret: EpochSecret;
}

export type EpochCommitment = `sha256:${string}`;

/**
 * `"sha256:" + hex(SHA-256(lp("mesh/psk/v1/commitment") ‖ uint64be(epochId) ‖ epochSecret))`
 * @throws PrimitivesError `invalid_epoch_id`; PskError `disposed`
 */
export function commitEpochSecret(input: CommitmentInput, hash: PskHash = portableHash): EpochCommitment {
  const epochId = uint64be(parseEpochId(input.epochId));
  return input.epochSecret.use((epochSecret): EpochCommitment => {
    const prefix = concatBytes(lengthPrefixed(COMMITMENT_LABEL), epochId);
    // In an ArrayBuffer from the beginning: V8 keeps 64 bytes or less inside its heap, and once somebody looks at them
    // through a view it moves them out and leaves the original behind, where no wiping reaches it.
    const message = new Uint8Array(new ArrayBuffer(prefix.length + epochSecret.length));
    message.set(prefix);
    message.set(epochSecret, prefix.length);
    const digest = hash.sha256(message);
    wipe(message);
    return `sha256:${toHex(digest)}`;
  });
}
