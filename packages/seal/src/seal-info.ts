// HPKE's `info` and `aad` for everything that this project seals. They name the recipient and the purpose, so
// that a sealed message does not open in another mesh, node, epoch or config. `info` belongs to a context,
// `aad` to one of its messages:
//
//   epochSealInfo    lp("mesh/seal/v1/epoch-keys") ‖ lp(meshId) ‖ lp(nodeId) ‖ uint64be(epochId)
//   configSealAad    lp("mesh/seal/v1/config") ‖ lp(version)

import {
  concatBytes,
  type EpochId,
  lengthPrefixed,
  type MeshId,
  type NodeId,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  uint64be,
} from '@mesh/primitives';
import { SealError } from './seal-error.ts';

const CONFIG_LABEL = lengthPrefixed('mesh/seal/v1/config');
const EPOCH_KEYS_LABEL = lengthPrefixed('mesh/seal/v1/epoch-keys');
const MAX_VERSION_LENGTH = 256;

export interface SealRecipient {
  readonly meshId: MeshId;
  readonly nodeId: NodeId;
  readonly epochId: EpochId;
}

/**
 * The info of the context that seals the configs of one epoch to one node.
 * @throws PrimitivesError for a malformed id
 */
export function epochSealInfo({ meshId, nodeId, epochId }: SealRecipient): Uint8Array {
  return concatBytes(
    EPOCH_KEYS_LABEL,
    lengthPrefixed(parseMeshId(meshId)),
    lengthPrefixed(parseNodeId(nodeId)),
    uint64be(parseEpochId(epochId)),
  );
}

/**
 * The aad of the keys in one version of a config.
 * @param version as the config states it: 1 to 256 characters
 * @throws SealError `invalid_version` for a version of another length
 */
export function configSealAad(version: string): Uint8Array {
  if (typeof version !== 'string' || version.length === 0 || version.length > MAX_VERSION_LENGTH) {
    throw new SealError('invalid_version', "pass the config's version: 1 to 256 characters");
  }
  return concatBytes(CONFIG_LABEL, lengthPrefixed(version));
}
