// The derivation of the proof of concept, for peers that still use it. It gives one key per node, but
// WireGuard wants one per pair: if each of two nodes uses its own, they never complete a handshake. Use
// derivePairPsk.

import { type NodeId, parseNodeId, utf8 } from '@mesh/primitives';
import { PRESHARED_KEY_LENGTH_BYTES, type PresharedKey } from './derive-pair-psk.ts';
import type { EpochSecret } from './epoch-secret.ts';
import { type PskHash, portableHash } from './hash.ts';

/**
 * `HMAC-SHA256(epochSecret, nodeId)`: no label, no mesh, no epoch. For compatibility only.
 * @returns 32 bytes, owned by the caller, who wipes them
 * @throws PrimitivesError `invalid_node_id`; PskError `disposed`
 */
export function singleHmacPsk(
  epochSecret: EpochSecret,
  nodeId: NodeId,
  hash: PskHash = portableHash,
): PresharedKey {
  const message = utf8(parseNodeId(nodeId));
  return epochSecret.use((secret) => {
    const keyed = hash.keyHmac(secret);
    const psk = new Uint8Array(PRESHARED_KEY_LENGTH_BYTES);
    keyed.tagInto(message, psk);
    keyed.destroy();
    return psk as PresharedKey;
  });
}
