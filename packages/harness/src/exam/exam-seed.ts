// What an exam is drawn by. The controller fixes its challenge first, by a digest in the log; the head of the
// log is known only afterwards. So neither the controller nor the node chooses the seed.
//
//   seed    = HKDF-SHA256(salt = pool root[32], ikm = challenge[32] ‖ uint64be(head size) ‖ head root[32],
//               info = lp("mesh/exam/v1/draw") ‖ lp(mesh id) ‖ lp(node id) ‖ uint64be(epoch id))   (RFC 5869)
//   exam id = the first 16 bytes of HKDF-Expand(seed, lp("mesh/exam/v1/id")), in hex

import {
  concatBytes,
  type EpochId,
  hkdfExpand32,
  hkdfExtract,
  lengthPrefixed,
  type MeshId,
  type NodeId,
  parseMeshId,
  parseNodeId,
  portableSha256,
  type Sha256Hex,
  sha256Hex,
  toHex,
  uint64be,
} from '@mesh/primitives';
import { HarnessError } from '../harness-error.ts';

export const CHALLENGE_LENGTH_BYTES = 32;
const ID_LENGTH_BYTES = 16;
const DRAW_LABEL = lengthPrefixed('mesh/exam/v1/draw');
const ID_LABEL = lengthPrefixed('mesh/exam/v1/id');

export interface SeedInputs {
  readonly meshId: MeshId;
  /** The node that is examined. */
  readonly nodeId: NodeId;
  readonly epochId: EpochId;
  /** 32 random bytes of the controller, whose digest was logged before the head. */
  readonly challenge: Uint8Array;
  /** The head of the log. */
  readonly head: { readonly size: number; readonly root: Uint8Array };
  /** Of the pool, 32 bytes. */
  readonly poolRoot: Uint8Array;
}

/**
 * @returns 32 bytes, owned by the caller
 * @throws HarnessError `invalid_draw` for a challenge or a root that does not have 32 bytes
 * @throws PrimitivesError for an invalid id or size
 */
export function examSeed({ meshId, nodeId, epochId, challenge, head, poolRoot }: SeedInputs): Uint8Array {
  if ([challenge, head.root, poolRoot].some(({ length }) => length !== CHALLENGE_LENGTH_BYTES))
    throw new HarnessError('invalid_draw', 'a challenge and the roots of log and pool have 32 bytes each');
  const material = concatBytes(challenge, uint64be(head.size), head.root);
  const info = concatBytes(
    DRAW_LABEL,
    lengthPrefixed(parseMeshId(meshId)),
    lengthPrefixed(parseNodeId(nodeId)),
    uint64be(epochId),
  );
  return hkdfExpand32(hkdfExtract(poolRoot, material), info);
}

/** 32 hex digits, by which nobody learns the seed. */
export function examIdOf(seed: Uint8Array): string {
  return toHex(hkdfExpand32(seed, ID_LABEL).subarray(0, ID_LENGTH_BYTES));
}

/** The digest of a challenge by which the controller promises it. */
export function challengeDigest(challenge: Uint8Array): Sha256Hex {
  return sha256Hex(portableSha256(challenge));
}
