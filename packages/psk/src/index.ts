// Public names of @mesh/psk.

export type { KeyedHmac } from '@mesh/primitives';
export { type CommitmentInput, commitEpochSecret, type EpochCommitment } from './commitment.ts';
export { deriveEpochKey, type EpochKey, type EpochKeyInput } from './derive-epoch-key.ts';
export { deriveNodeKey, type NodeKey } from './derive-node-key.ts';
export {
  derivePairPsk,
  derivePairPsks,
  type PairEnd,
  PRESHARED_KEY_LENGTH_BYTES,
  type PresharedKey,
} from './derive-pair-psk.ts';
export { EPOCH_SECRET_LENGTH_BYTES, EpochSecret } from './epoch-secret.ts';
export { type PskHash, portableHash } from './hash.ts';
export { PskError, type PskErrorCode } from './psk-error.ts';
export { singleHmacPsk } from './single-hmac-psk.ts';
