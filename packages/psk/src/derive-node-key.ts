// Epoch key → a key that belongs to one node alone:
//
//   nodeKey(n) = HKDF-Expand(epochKey, lp("node") ‖ lp(n), 32)
//
// It is not a WireGuard preshared key, which belongs to a pair of nodes (derive-pair-psk.ts).

import { concatBytes, hkdfExpand32, lengthPrefixed, type NodeId, parseNodeId } from '@mesh/primitives';
import type { EpochKey } from './derive-epoch-key.ts';
import { NODE_LABEL } from './labels.ts';

declare const brand: unique symbol;

/** 32 secret bytes that belong to one node in one epoch. */
export type NodeKey = Uint8Array & { readonly [brand]: 'NodeKey' };

/**
 * The node's key in this epoch: 32 bytes, owned by the caller, who wipes them.
 * @throws PrimitivesError `invalid_node_id`; PskError `disposed`
 */
export function deriveNodeKey(epochKey: EpochKey, nodeId: NodeId): NodeKey {
  const info = concatBytes(lengthPrefixed(NODE_LABEL), lengthPrefixed(parseNodeId(nodeId)));
  return hkdfExpand32(epochKey.keyedHmac(), info) as NodeKey;
}
