// Epoch key → the WireGuard preshared key of a pair of nodes:
//
//   pairPsk(a, b) = HKDF-Expand(epochKey, lp("pair") ‖ lp(lo) ‖ pub(lo)[32] ‖ lp(hi) ‖ pub(hi)[32], 32)
//
// lo and hi are the two node ids in bytewise order, and pub are their WireGuard public keys in that epoch.
// The order makes the key the same for both ends. A public key that moves to another node id gives another
// preshared key.
//
// A controller derives the keys of one node with all its peers at once, up to thousands, so the message is
// built in one reused buffer and the tags are written to one flat array. Both functions here run the same
// code.

import {
  compareIds,
  HKDF_LENGTH_BYTES,
  hkdfExpandInto,
  lengthPrefixed,
  type NodeId,
  parseNodeId,
  wipe,
} from '@mesh/primitives';
import type { EpochKey } from './derive-epoch-key.ts';
import { PAIR_LABEL } from './labels.ts';
import { PskError } from './psk-error.ts';

declare const brand: unique symbol;

/** 32 secret bytes for WireGuard's `PresharedKey`. */
export type PresharedKey = Uint8Array & { readonly [brand]: 'PresharedKey' };

export const PRESHARED_KEY_LENGTH_BYTES = HKDF_LENGTH_BYTES;

/** One end of a tunnel: its id and its WireGuard public key (32 bytes) in the epoch of the key. */
export interface PairEnd {
  readonly nodeId: NodeId;
  readonly publicKey: Uint8Array;
}

const PUBLIC_KEY_LENGTH_BYTES = 32;
const MAX_END_LENGTH_BYTES = 2 + 63 + PUBLIC_KEY_LENGTH_BYTES;
const PAIR_PREFIX = lengthPrefixed(PAIR_LABEL);

/**
 * The preshared key of two nodes; the order of the two does not matter.
 * @returns 32 bytes, owned by the caller, who wipes them
 * @throws PskError `same_node`, `wrong_length` (a public key), `disposed`; PrimitivesError `invalid_node_id`
 */
export function derivePairPsk(epochKey: EpochKey, a: PairEnd, b: PairEnd): PresharedKey {
  return derivePairPsks(epochKey, a, [b]) as PresharedKey;
}

/**
 * The preshared keys of one node with many peers.
 * @returns 32 bytes per peer, in the order of `peers`, in one array owned by the caller, who wipes it
 * @throws PskError `same_node`, `wrong_length` (a public key), `disposed`; PrimitivesError `invalid_node_id`.
 *   The keys that were derived before the error are wiped.
 */
export function derivePairPsks(epochKey: EpochKey, self: PairEnd, peers: readonly PairEnd[]): Uint8Array {
  const keyed = epochKey.keyedHmac();
  const selfEnd = new Uint8Array(MAX_END_LENGTH_BYTES);
  const selfLength = writeEnd(selfEnd, 0, self);
  const message = new Uint8Array(PAIR_PREFIX.length + 2 * MAX_END_LENGTH_BYTES + 1);
  message.set(PAIR_PREFIX);
  const psks = new Uint8Array(PRESHARED_KEY_LENGTH_BYTES * peers.length);
  try {
    for (let i = 0; i < peers.length; i++) {
      const peer = peers[i] as PairEnd;
      const order = compareIds(self.nodeId, peer.nodeId);
      if (order === 0)
        throw new PskError('same_node', 'a node has no preshared key with itself; leave it out');
      let end = PAIR_PREFIX.length;
      if (order > 0) end = writeEnd(message, end, peer);
      for (let at = 0; at < selfLength; at++) message[end + at] = selfEnd[at] as number;
      end += selfLength;
      if (order < 0) end = writeEnd(message, end, peer);
      const at = i * PRESHARED_KEY_LENGTH_BYTES;
      const psk = psks.subarray(at, at + PRESHARED_KEY_LENGTH_BYTES);
      hkdfExpandInto(keyed, message.subarray(0, end + 1), psk);
    }
  } catch (error) {
    wipe(psks);
    throw error;
  }
  return psks;
}

/** Writes `lp(nodeId) ‖ publicKey` at `offset` and returns the offset behind it. */
function writeEnd(into: Uint8Array, offset: number, end: PairEnd): number {
  // The grammar of ids is ASCII: one byte per character, at most 63, so the length fits into a byte and
  // encoding is a copy.
  const nodeId: string = parseNodeId(end.nodeId);
  if (end.publicKey.length !== PUBLIC_KEY_LENGTH_BYTES) {
    throw new PskError('wrong_length', 'a WireGuard public key has 32 bytes; decode it before passing it');
  }
  into[offset] = 0;
  into[offset + 1] = nodeId.length;
  for (let i = 0; i < nodeId.length; i++) into[offset + 2 + i] = nodeId.charCodeAt(i);
  into.set(end.publicKey, offset + 2 + nodeId.length);
  return offset + 2 + nodeId.length + PUBLIC_KEY_LENGTH_BYTES;
}
