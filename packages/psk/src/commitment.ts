// A public commitment to the epoch secret. It is published with the epoch, so that the controller can show
// later which secret it used. Until then it reveals nothing, because the secret has 256 random bits.

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
    // An explicit ArrayBuffer. V8 keeps arrays of up to 64 bytes inside its heap; when their buffer is read,
    // it copies them out and leaves the original behind, where no wiping reaches it.
    const message = new Uint8Array(new ArrayBuffer(prefix.length + epochSecret.length));
    message.set(prefix);
    message.set(epochSecret, prefix.length);
    const digest = hash.sha256(message);
    wipe(message);
    return `sha256:${toHex(digest)}`;
  });
}
