// The public keys of a node that no node may have again once it was revoked or deleted, in whatever role or
// slot: the identity key, the WireGuard keys, and the X25519 half of the key that its keys were sealed to.
// Identity and WireGuard keys that a node has replaced are spent too. An identity key is spent in both of its
// forms, because an X25519 key can have the same secret.

import { decodeBase64, encodeBase64, type IdentityKey, montgomeryForm, type NodeId } from '@mesh/primitives';
import { parseKemPublicKey } from '@mesh/seal';
import type { NodeRecord, SpentKey } from './records.ts';

const X25519_BYTES = 32;

/** Every key of a node, in each form under which it could come back. */
export function spentKeysOf(
  node: Pick<NodeRecord, 'nodeId' | 'identityKey' | 'nextIdentityKey' | 'wgPublicKeys' | 'kemPublicKey'>,
): SpentKey[] {
  const { nodeId, identityKey, nextIdentityKey, wgPublicKeys, kemPublicKey } = node;
  return [
    ...formsOfIdentity(identityKey),
    ...(nextIdentityKey === undefined ? [] : formsOfIdentity(nextIdentityKey)),
    ...Object.values(wgPublicKeys),
    ...(kemPublicKey === undefined ? [] : [x25519HalfOf(kemPublicKey)]),
  ].map((publicKey) => ({ publicKey, nodeId }));
}

export function spentIdentity(nodeId: NodeId, identityKey: IdentityKey): SpentKey[] {
  return formsOfIdentity(identityKey).map((publicKey) => ({ publicKey, nodeId }));
}

/**
 * An identity key and the X25519 key of the same secret, base64; only the first if the second does not exist.
 */
export function formsOfIdentity(identityKey: IdentityKey): string[] {
  const other = montgomeryForm(decodeBase64(identityKey, { lengthBytes: 32 }));
  return other === undefined ? [identityKey] : [identityKey, encodeBase64(other)];
}

/**
 * The X25519 key inside a key-encapsulation key, base64. It is the last part of a key of either suite.
 *
 * @param text as {@link parseKemPublicKey} takes it @throws SealError
 */
export function x25519HalfOf(text: string): string {
  return encodeBase64(parseKemPublicKey(text).publicKey.subarray(-X25519_BYTES));
}

/** Finds spent keys, and remembers whose they were. */
export class SpentKeys {
  readonly #nodeOf = new Map<string, NodeId>();

  add({ publicKey, nodeId }: SpentKey): void {
    this.#nodeOf.set(publicKey, nodeId);
  }
  has(publicKey: string): boolean {
    return this.#nodeOf.has(publicKey);
  }
  /** Oldest first. */
  *all(): Iterable<SpentKey> {
    for (const [publicKey, nodeId] of this.#nodeOf) yield { publicKey, nodeId };
  }
}
