// What happens to API keys, and the log entries of it.

import { formatRfc3339, type Sha256Hex } from '@mesh/primitives';
import type { AdminKeyId, AdminRole } from '@mesh/protocol';
import { type Actor, actorFields } from './actor.ts';

export type AdminKeyEvent =
  | {
      readonly type: 'admin_key_created';
      readonly keyId: AdminKeyId;
      /** SHA-256 of the key's secret. */
      readonly secretHash: Sha256Hex;
      readonly name: string;
      readonly role: AdminRole;
      readonly expiresAtMs: number;
      readonly actor: Actor;
    }
  /** Somebody has ended the key before its time. */
  | { readonly type: 'admin_key_expired'; readonly keyId: AdminKeyId; readonly actor: Actor }
  /** The first use of the key on a day. */
  | { readonly type: 'admin_key_used'; readonly keyId: AdminKeyId; readonly day: string };

/** The public part of the entry. It has no erasable part. */
export function adminKeyData(event: AdminKeyEvent): { readonly [name: string]: string } {
  switch (event.type) {
    case 'admin_key_created':
      return {
        key_id: event.keyId,
        name: event.name,
        role: event.role,
        expires_at: formatRfc3339(event.expiresAtMs),
        ...actorFields(event.actor),
      };
    case 'admin_key_expired':
      return { key_id: event.keyId, ...actorFields(event.actor) };
    case 'admin_key_used':
      return { key_id: event.keyId, day: event.day };
  }
}
