// Makes and ends API keys, and notes their use. A key that was made with another key ends when that one does,
// so a stolen key cannot make itself a longer life.

import { equalBytes, formatRfc3339, fromHex, type Sha256Hex } from '@mesh/primitives';
import { type AdminKeyId, type AdminRole, problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { AdminKeyRecord } from '../state/admin-key-record.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { type Command, done, refused } from './outcome.ts';

/** Far more than the people and programs that administer a mesh need. */
const MAX_OPEN_KEYS = 256;

/** Stands for the hash of a key that does not exist. No known secret has this hash. */
const NO_HASH = '00'.repeat(32);

export interface NewAdminKey {
  readonly keyId: AdminKeyId;
  readonly secretHash: Sha256Hex;
  readonly name: string;
  readonly role: AdminRole;
  readonly ttlMs: number;
  readonly actor: Actor;
  /** When the key or certificate of the maker ends, if it does: the new key ends then at the latest. */
  readonly makerExpiresAtMs: number | undefined;
}

export function createAdminKey({ ttlMs, makerExpiresAtMs, ...key }: NewAdminKey): Command {
  return (view, { nowMs }) => {
    if (view.adminKey(key.keyId) !== undefined)
      throw new Error('the id of a key came twice: the random source is broken');
    // The request was let in before. Ending a key ends those that were made with it, so none may come later.
    const { actor } = key;
    const maker = actor.kind === 'key' ? view.adminKey(actor.id) : undefined;
    if (maker !== undefined && maker.expiresAtMs <= nowMs)
      return refused(
        problem('unauthenticated', `key ${maker.keyId} has ended, and no key was made: use another one`),
      );
    const open = [...view.adminKeys()].filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    if (open.length >= MAX_OPEN_KEYS)
      return refused(
        problem(
          'state_conflict',
          `there are ${open.length} keys that have not ended, and no more are made: end some with meshctl keys expire`,
        ),
      );
    const expiresAtMs = Math.min(nowMs + ttlMs, makerExpiresAtMs ?? Number.POSITIVE_INFINITY);
    return done([{ type: 'admin_key_created', ...key, expiresAtMs }]);
  };
}

/** Ends a key now, and with it every key that was made with it. */
export function expireAdminKey(keyId: string, actor: Actor): Command {
  return (view, { nowMs }) => {
    const key = view.adminKey(keyId);
    if (key === undefined)
      return refused(problem('not_found', `there is no key ${keyId}; list them with: meshctl keys list`));
    if (key.expiresAtMs <= nowMs)
      return refused(
        problem('state_conflict', `key ${keyId} has ended already, at ${formatRfc3339(key.expiresAtMs)}`),
      );
    return done(
      [key, ...madeWith(view, key)]
        .filter(({ expiresAtMs }) => expiresAtMs > nowMs)
        .map((each) => ({ type: 'admin_key_expired', keyId: each.keyId, actor })),
    );
  };
}

/** The keys that were made with a key, with those that were made with them. */
function madeWith(view: MeshView, key: AdminKeyRecord): readonly AdminKeyRecord[] {
  // A key is younger than the one that it was made with, so this ends.
  const children = [...view.adminKeys()].filter(
    ({ madeBy }) => madeBy.kind === 'key' && madeBy.id === key.keyId,
  );
  return children.flatMap((child) => [child, ...madeWith(view, child)]);
}

/** Notes that a key was used on a day. Changes nothing if that is known. */
export function noteAdminKeyUse(keyId: AdminKeyId, day: string): Command {
  return (view) => {
    const key = view.adminKey(keyId);
    if (key === undefined || key.lastUsedOn === day) return done([]);
    return done([{ type: 'admin_key_used', keyId, day }]);
  };
}

/** Why a presented key does not count. Answers do not tell these apart; the controller's log does. */
export type AdminKeyFault = 'unknown' | 'wrong' | 'expired';

/**
 * Checks a presented secret. A comparison is made even if the key does not exist, so that the time of an
 * answer does not tell which ids exist. SHA-256 is enough as the hash: a slow one protects secrets that can
 * be guessed, and nobody guesses 256 random bits.
 *
 * @param secretHash SHA-256 of the presented secret
 * @returns undefined if the secret is the key's, and the key has not ended
 */
export function findAdminKeyFault(
  key: AdminKeyRecord | undefined,
  secretHash: Sha256Hex,
  nowMs: number,
): AdminKeyFault | undefined {
  const isSame = equalBytes(fromHex(key?.secretHash ?? NO_HASH), fromHex(secretHash));
  if (key === undefined) return 'unknown';
  if (!isSame) return 'wrong';
  return key.expiresAtMs <= nowMs ? 'expired' : undefined;
}
