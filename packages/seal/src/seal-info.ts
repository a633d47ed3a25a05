// HPKE's `info` for what this project seals: it says for whom and for what, so that a sealed message moved to another
// mesh, node, config or epoch does not open there. Two labels, since the two bind different things:
//
//   configSealInfo   lp("mesh/seal/v1/config") ‖ lp(meshId) ‖ lp(nodeId) ‖ lp(version)
//   epochSealInfo    lp("mesh/seal/v1/epoch-keys") ‖ lp(meshId) ‖ lp(nodeId) ‖ uint64be(epochId)

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
}

/**
 * For a message that belongs to one version of one node's config.
 * @param version as the config states it: 1 to 256 characters
 * @throws PrimitivesError for a malformed id; SealError `invalid_info` for a version of another length
 */
export function configSealInfo({
  meshId,
  nodeId,
  version,
}: SealRecipient & { readonly version: string }): Uint8Array {
  if (typeof version !== 'string' || version.length === 0 || version.length > MAX_VERSION_LENGTH) {
    throw new SealError('invalid_info', "pass the config's version: 1 to 256 characters");
  }
  return concatBytes(CONFIG_LABEL, recipientBytes({ meshId, nodeId }), lengthPrefixed(version));
}

/**
 * For one epoch's keys, whatever config carries them: what is sealed once can be sent with every version of that epoch.
 * @throws PrimitivesError for a malformed id
 */
export function epochSealInfo({
  meshId,
  nodeId,
  epochId,
}: SealRecipient & { readonly epochId: EpochId }): Uint8Array {
  return concatBytes(EPOCH_KEYS_LABEL, recipientBytes({ meshId, nodeId }), uint64be(parseEpochId(epochId)));
}

function recipientBytes({ meshId, nodeId }: SealRecipient): Uint8Array {
  return concatBytes(lengthPrefixed(parseMeshId(meshId)), lengthPrefixed(parseNodeId(nodeId)));
}
