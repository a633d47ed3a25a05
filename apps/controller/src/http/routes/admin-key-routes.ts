// GET and POST /v1/keys, POST /v1/keys/{key_id}/expire: API keys for administration over the network. The
// controller stores the hash of a key's secret and not the secret.

import { createHash } from 'node:crypto';
import type { Clock } from '@mesh/host';
import { type AdminKeyRecord, createAdminKey, expireAdminKey, type MeshView } from '@mesh/membership';
import { formatRfc3339, sha256Hex } from '@mesh/primitives';
import {
  type AdminKeyView,
  adminKeyIdOf,
  type CreateAdminKeyAnswer,
  createAdminKeyRequest,
  formatAdminKey,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface AdminKeysPorts {
  readonly view: MeshView;
  readonly clock: Clock;
}

export interface ExpireAdminKeyPorts extends AdminKeysPorts {
  readonly judge: Judge;
}

export interface CreateAdminKeyPorts extends ExpireAdminKeyPorts {
  readonly keys: ControllerKeys;
  readonly randomBytes: (length: number) => Uint8Array;
}

export function adminKeysRoute({ view, clock }: AdminKeysPorts): Handler<AdminEnv> {
  return (context) => context.json({ keys: [...view.adminKeys()].map((key) => viewOf(key, clock.nowMs())) });
}

export function createAdminKeyRoute(ports: CreateAdminKeyPorts): Handler<AdminEnv> {
  const { view, judge, keys, randomBytes } = ports;
  return async (context) => {
    const { message } = await readMessage(context, createAdminKeyRequest);
    const { actor, expiresAtMs } = context.get('caller');
    const secret = randomBytes(32);
    const keyId = adminKeyIdOf(randomBytes(8));
    await judge.run(
      createAdminKey({
        keyId,
        secretHash: sha256Hex(createHash('sha256').update(secret).digest()),
        name: message.name,
        role: message.role,
        ttlMs: message.ttl_seconds * 1000,
        actor,
        makerExpiresAtMs: expiresAtMs,
      }),
    );
    const created = view.adminKey(keyId);
    if (created === undefined) throw new Error(`key ${keyId} has vanished`);
    const answer: CreateAdminKeyAnswer = {
      key_id: keyId,
      key: formatAdminKey({ keyId, secret }),
      name: created.name,
      role: created.role,
      expires_at: formatRfc3339(created.expiresAtMs),
      ca_pins: [...keys.authority.pins],
    };
    return context.json(answer);
  };
}

export function expireAdminKeyRoute({ view, judge, clock }: ExpireAdminKeyPorts): Handler<AdminEnv> {
  return async (context) => {
    const keyId = context.req.param('key_id') ?? '';
    const events = await judge.run(expireAdminKey(keyId, context.get('caller').actor));
    const ended = events.flatMap((event) =>
      event.type === 'admin_key_expired' ? (view.adminKey(event.keyId) ?? []) : [],
    );
    return context.json({ keys: ended.map((key) => viewOf(key, clock.nowMs())) });
  };
}

function viewOf(key: AdminKeyRecord, nowMs: number): AdminKeyView {
  const { madeBy } = key;
  return {
    key_id: key.keyId,
    name: key.name,
    role: key.role,
    made_by: madeBy.kind,
    made_by_id: 'id' in madeBy ? madeBy.id : null,
    created_at: formatRfc3339(key.createdAtMs),
    expires_at: formatRfc3339(key.expiresAtMs),
    is_expired: key.expiresAtMs <= nowMs,
    last_used_on: key.lastUsedOn ?? null,
  };
}
