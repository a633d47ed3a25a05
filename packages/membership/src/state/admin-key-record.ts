// What the mesh knows of an API key, and how events change it.

import type { Sha256Hex } from '@mesh/primitives';
import type { AdminKeyId, AdminRole } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { AdminKeyEvent } from '../events/admin-key-event.ts';

export interface AdminKeyRecord {
  readonly keyId: AdminKeyId;
  readonly secretHash: Sha256Hex;
  readonly name: string;
  readonly role: AdminRole;
  readonly madeBy: Actor;
  readonly createdAtMs: number;
  /** When it ends, or was ended. */
  readonly expiresAtMs: number;
  /** The last day on which it was used, in UTC: `2026-01-31`. */
  readonly lastUsedOn: string | undefined;
}

/**
 * The record after an event.
 *
 * @param before undefined if the key is new
 * @param atMs when the event happened
 * @returns undefined if the event does not fit: a bug in the command that made it
 */
export function adminKeyAfter(
  before: AdminKeyRecord | undefined,
  event: AdminKeyEvent,
  atMs: number,
): AdminKeyRecord | undefined {
  if (event.type === 'admin_key_created') {
    if (before !== undefined) return undefined;
    const { keyId, secretHash, name, role, expiresAtMs, actor } = event;
    return {
      keyId,
      secretHash,
      name,
      role,
      madeBy: actor,
      createdAtMs: atMs,
      expiresAtMs,
      lastUsedOn: undefined,
    };
  }
  if (before === undefined) return undefined;
  return event.type === 'admin_key_expired'
    ? { ...before, expiresAtMs: Math.min(before.expiresAtMs, atMs) }
    : { ...before, lastUsedOn: event.day };
}
