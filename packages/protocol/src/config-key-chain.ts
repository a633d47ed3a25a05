// Which keys a node takes configs from: it begins with the key from its enrolment, and follows the lists from
// there. Each list is signed by its own `present` key, which has to be a key of the list before. So a node
// that trusts the first key can verify the last, and nobody can go on from a key that a list has left out.

import { decodeBase64, type Ed25519Verify, equalBytes, type MeshId } from '@mesh/primitives';
import type { ConfigKeyList } from './messages/config-key-list.ts';
import { verifyMessage } from './sign-message.ts';

export interface ConfigKeyTrust {
  /** The newest list that is known; undefined where there was only ever one key. */
  readonly list: ConfigKeyList | undefined;
  readonly present: Uint8Array;
  readonly next: { readonly publicKey: Uint8Array; readonly fromMs: number } | undefined;
}

/** The trust in one key, which came with enrolment. */
export function trustKey(publicKey: Uint8Array): ConfigKeyTrust {
  return { list: undefined, present: publicKey, next: undefined };
}

/**
 * The trust in the keys of a list that is known to be good: it was verified before, or came with enrolment.
 */
export function trustList(list: ConfigKeyList): ConfigKeyTrust {
  const { present, next } = list;
  return {
    list,
    present: decodeBase64(present, { lengthBytes: 32 }),
    next: next && {
      publicKey: decodeBase64(next.public_key, { lengthBytes: 32 }),
      fromMs: next.from_ms,
    },
  };
}

/** When the newest known list was made; 0 without a list. */
export function listMadeAtMs({ list }: ConfigKeyTrust): number {
  return list?.made_at_ms ?? 0;
}

/** The keys that may have signed what says to have been made at this moment, the newest first. */
export function keysTrustedAt({ present, next }: ConfigKeyTrust, madeAtMs: number): readonly Uint8Array[] {
  return next !== undefined && madeAtMs >= next.fromMs ? [next.publicKey, present] : [present];
}

/**
 * Follows lists, the oldest first. Those that are no newer than what is known change nothing: somebody may
 * send an old one again.
 *
 * @returns undefined if a newer one is of another mesh or is not signed by a key that was trusted when it was
 *   made: then none of them counts
 */
export function followKeyLists(
  trust: ConfigKeyTrust,
  lists: readonly ConfigKeyList[],
  meshId: MeshId,
  verify?: Ed25519Verify,
): ConfigKeyTrust | undefined {
  let trusted = trust;
  for (const list of lists) {
    if (list.made_at_ms <= listMadeAtMs(trusted)) continue;
    const following = trustList(list);
    const isKnown = keysTrustedAt(trusted, list.made_at_ms).some((key) => equalBytes(key, following.present));
    if (!isKnown || list.mesh_id !== meshId) return undefined;
    if (!verifyMessage('config_key_list', list, following.present, verify)) return undefined;
    trusted = following;
  }
  return trusted;
}
