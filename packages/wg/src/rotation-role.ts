// Decides which end changes the preshared key first. Both ends compute the same answer from the two public
// keys alone.

import { compareBytes } from '@mesh/primitives';
import { WgError } from './errors.ts';
import { parseWgPublicKey, type WgPublicKey, wgKeyToBytes } from './keys.ts';

export type RotationRole = 'initiator' | 'responder';

/** How long after the epoch's `activate_at` the responder changes its key. */
export const RESPONDER_DELAY_MS = 200;

/**
 * The role of `selfPublicKey` in the pair. The higher raw public key, compared bytewise, is the initiator and
 * applies the new preshared key at `activate_at`; the other end is the responder and follows
 * {@link RESPONDER_DELAY_MS} later. (The order of base64 text differs: "+" sorts before "A" but encodes a
 * higher value.)
 * @throws WgError `same_key` if both are one key; `invalid_key`
 */
export function rotationRole(selfPublicKey: WgPublicKey, peerPublicKey: WgPublicKey): RotationRole {
  const order = compareBytes(
    wgKeyToBytes(parseWgPublicKey(selfPublicKey)),
    wgKeyToBytes(parseWgPublicKey(peerPublicKey)),
  );
  if (order === 0)
    throw new WgError('same_key', 'a node has no role towards itself: compare two different nodes');
  return order > 0 ? 'initiator' : 'responder';
}
