// API keys: who may make them, when they end, and which secrets count.

import type { AdminKeyId } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import {
  type Actor,
  createAdminKey,
  expireAdminKey,
  findAdminKeyFault,
  noteAdminKeyUse,
} from '../../src/index.ts';
import { Mesh, sha256 } from '../support/mesh.ts';

const HOUR_MS = 3_600_000;
const SOCKET: Actor = { kind: 'socket' };
const idOf = (at: number) => at.toString(16).padStart(16, '0') as AdminKeyId;

const create = (at: number, actor: Actor = SOCKET, makerExpiresAtMs?: number) =>
  createAdminKey({
    keyId: idOf(at),
    secretHash: sha256(`secret ${at}`),
    name: `key ${at}`,
    role: 'operator',
    ttlMs: HOUR_MS,
    actor,
    makerExpiresAtMs,
  });
const byKey = (at: number): Actor => ({ kind: 'key', id: idOf(at) });

describe('a new key', () => {
  it('ends after its time, or when its maker does if that is earlier', () => {
    const mesh = new Mesh();
    mesh.run(create(1));
    expect(mesh.state.adminKey(idOf(1))).toMatchObject({
      expiresAtMs: mesh.nowMs + HOUR_MS,
      madeBy: SOCKET,
      lastUsedOn: undefined,
    });
    mesh.run(create(2, byKey(1), mesh.nowMs + 60_000));
    expect(mesh.state.adminKey(idOf(2))?.expiresAtMs).toBe(mesh.nowMs + 60_000);
    mesh.run(create(3, byKey(1), mesh.nowMs + 2 * HOUR_MS));
    expect(mesh.state.adminKey(idOf(3))?.expiresAtMs).toBe(mesh.nowMs + HOUR_MS);
  });

  it('is refused beside 256 that have not ended, and not beside those that have', () => {
    const mesh = new Mesh();
    for (let at = 0; at < 256; at++) expect(mesh.run(create(at)).kind).toBe('done');
    expect(mesh.run(create(256))).toMatchObject({ kind: 'refused', problem: { code: 'state_conflict' } });
    mesh.nowMs += HOUR_MS;
    expect(mesh.run(create(256)).kind).toBe('done');
  });

  it('is refused to a key that has ended since its request was let in', () => {
    const mesh = new Mesh();
    mesh.run(create(1));
    const late = create(2, byKey(1), mesh.nowMs + HOUR_MS);
    mesh.run(expireAdminKey(idOf(1), SOCKET));
    expect(mesh.run(late)).toMatchObject({ kind: 'refused', problem: { code: 'unauthenticated' } });
    expect(mesh.state.adminKey(idOf(2))).toBeUndefined();
  });

  it('cannot have the id of another', () => {
    const mesh = new Mesh();
    mesh.run(create(1));
    expect(() => mesh.run(create(1))).toThrow('random source');
  });
});

describe('ending a key', () => {
  it('ends every key that was made with it, however far down, and no other', () => {
    const mesh = new Mesh();
    mesh.run(create(1));
    mesh.run(create(2, byKey(1)));
    mesh.run(create(3, byKey(2)));
    mesh.run(create(4));
    // A certificate with the name of a key is no key.
    mesh.run(create(5, { kind: 'certificate', id: idOf(1) }));
    mesh.nowMs += 1000;
    const outcome = mesh.run(expireAdminKey(idOf(1), SOCKET));
    expect(outcome.events).toEqual(
      [1, 2, 3].map((at) => ({ type: 'admin_key_expired', keyId: idOf(at), actor: SOCKET })),
    );
    const open = [...mesh.state.adminKeys()].filter(({ expiresAtMs }) => expiresAtMs > mesh.nowMs);
    expect(open.map(({ keyId }) => keyId)).toEqual([idOf(4), idOf(5)]);
  });

  it('is refused for one that has ended, or that there is not', () => {
    const mesh = new Mesh();
    mesh.run(create(1));
    expect(mesh.run(expireAdminKey(idOf(1), SOCKET)).kind).toBe('done');
    expect(mesh.run(expireAdminKey(idOf(1), SOCKET))).toMatchObject({ problem: { code: 'state_conflict' } });
    expect(mesh.run(expireAdminKey(idOf(9), SOCKET))).toMatchObject({ problem: { code: 'not_found' } });
  });
});

describe('a use', () => {
  it('is noted once a day', () => {
    const mesh = new Mesh();
    mesh.run(create(1));
    const events = (day: string) => mesh.run(noteAdminKeyUse(idOf(1), day)).events.length;
    expect([events('2026-01-01'), events('2026-01-01'), events('2026-01-02')]).toEqual([1, 0, 1]);
    expect(mesh.run(noteAdminKeyUse(idOf(9), '2026-01-01')).events).toEqual([]);
  });
});

describe('a presented secret', () => {
  it.each([
    ['counts', 1, 'secret 1', 0, undefined],
    ['counts just before the end', 1, 'secret 1', HOUR_MS - 1, undefined],
    ['does not count at the end', 1, 'secret 1', HOUR_MS, 'expired'],
    ['of another key', 1, 'secret 2', 0, 'wrong'],
    ['of an ended key that is wrong', 1, 'secret 2', HOUR_MS, 'wrong'],
    ['of no key', 9, 'secret 1', 0, 'unknown'],
  ])('%s', (_what, at, secret, laterMs, fault) => {
    const mesh = new Mesh();
    mesh.run(create(1));
    const found = findAdminKeyFault(mesh.state.adminKey(idOf(at)), sha256(secret), mesh.nowMs + laterMs);
    expect(found).toBe(fault);
  });
});
