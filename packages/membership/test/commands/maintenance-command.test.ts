// The commands for planned work: which requests open a window, and which are refused. The caller checks the
// signatures before.

import { endMaintenance, logEntryOf, openWindow, startMaintenance } from '@mesh/membership';
import { formatRfc3339, parseNodeId } from '@mesh/primitives';
import type { MaintenanceMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { fakeKey, Mesh, NOW } from '../support/mesh.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const officer = { name: 'alice', publicKey: fakeKey('alice') };

function request(over: Partial<MaintenanceMessage> & { untilMs?: number } = {}): MaintenanceMessage {
  const { untilMs, ...rest } = over;
  return {
    mesh_id: new Mesh().state.meshId,
    request_id: 'a3bb189e-8bf9-4c1c-9f3a-3f1e2d4c5b6a',
    timestamp: formatRfc3339(NOW),
    expires_at: formatRfc3339(NOW + MINUTE),
    reason: 'new disks',
    until: formatRfc3339(untilMs ?? NOW + 30 * MINUTE),
    signature: '',
    ...rest,
  };
}
const start = (mesh: Mesh, message = request()) =>
  mesh.run(startMaintenance({ request: message, officer, actor: { kind: 'socket' } }));

describe('startMaintenance', () => {
  it('opens a window and logs who asked for it, with the signed request', () => {
    const mesh = new Mesh();
    expect(start(mesh)).toMatchObject({ kind: 'done', events: [{ untilMs: NOW + 30 * MINUTE }] });
    expect(mesh.state.maintenance()).toEqual({
      requestId: request().request_id,
      officer: 'alice',
      why: 'new disks',
      startedAtMs: NOW,
      untilMs: NOW + 30 * MINUTE,
    });
    const [event] = mesh.events;
    if (event === undefined) throw new Error('nothing happened');
    expect(logEntryOf(event)).toMatchObject({
      type: 'maintenance_started',
      data: { officer: 'alice', officer_key: officer.publicKey, request: request() },
      details: undefined,
    });
  });

  it.each([
    ['for another mesh', request({ mesh_id: 'other' as never }), 'mesh_mismatch'],
    ['that ends now', request({ untilMs: NOW }), 'invalid_message'],
    ['that ended before', request({ untilMs: NOW - 1 }), 'invalid_message'],
    ['that ends in more than a day', request({ untilMs: NOW + DAY + 1 }), 'invalid_message'],
    ['that expires now', request({ expires_at: formatRfc3339(NOW) }), 'request_expired'],
    ['that has expired', request({ expires_at: formatRfc3339(NOW - 1) }), 'request_expired'],
    ['from the future', request({ timestamp: formatRfc3339(NOW + 30_001) }), 'clock_skew'],
  ])('refuses a request %s, and nothing changes', (_what, message, code) => {
    const mesh = new Mesh();
    expect(start(mesh, message)).toMatchObject({ kind: 'refused', events: [], problem: { code } });
    expect(mesh.state.maintenance()).toBeUndefined();
    expect(mesh.state.isRequestSpent(message.request_id)).toBe(false);
  });

  it.each([
    ['the shortest window', request({ untilMs: NOW + 1 })],
    ['the longest one', request({ untilMs: NOW + DAY })],
    ['a request in its last millisecond', request({ expires_at: formatRfc3339(NOW + 1) })],
    ['a clock that is as far ahead as is tolerated', request({ timestamp: formatRfc3339(NOW + 30_000) })],
  ])('takes %s', (_what, message) => {
    expect(start(new Mesh(), message).kind).toBe('done');
  });

  it('accepts each request once, even after its window has ended', () => {
    const mesh = new Mesh();
    start(mesh);
    expect(start(mesh)).toMatchObject({ kind: 'refused', problem: { code: 'request_replayed' } });
    mesh.run(endMaintenance({ kind: 'socket' }));
    expect(start(mesh)).toMatchObject({ kind: 'refused', problem: { code: 'request_replayed' } });
    const later = request({ request_id: '00000000-0000-4000-8000-000000000000' });
    expect(start(mesh, later).kind).toBe('done');
  });

  it('replaces an open window by a newer one, even a shorter one', () => {
    const mesh = new Mesh();
    start(mesh);
    const other = request({
      request_id: '00000000-0000-4000-8000-000000000000',
      untilMs: NOW + MINUTE,
    });
    start(mesh, other);
    expect(openWindow(mesh.state, NOW)?.untilMs).toBe(NOW + MINUTE);
  });

  it('does not change the standing of nodes: a bad score still denies', () => {
    const mesh = new Mesh();
    const node = mesh.admit('node-a');
    start(mesh);
    expect(mesh.node('node-a')).toEqual(node);
    mesh.run(mesh.submission('node-a', 0.1));
    expect(mesh.node(parseNodeId('node-a')).membership).toBe('denied');
  });
});

describe('endMaintenance', () => {
  it('closes the open window', () => {
    const mesh = new Mesh();
    start(mesh);
    mesh.nowMs = NOW + MINUTE;
    expect(mesh.run(endMaintenance({ kind: 'socket' })).kind).toBe('done');
    expect(openWindow(mesh.state, NOW + MINUTE)).toBeUndefined();
    expect(mesh.state.maintenance()?.untilMs).toBe(NOW + MINUTE);
  });

  it.each([
    ['there was none', 0, false],
    ['it is over', 30 * MINUTE, true],
  ])('is refused when %s', (_what, laterMs, started) => {
    const mesh = new Mesh();
    if (started) start(mesh);
    mesh.nowMs = NOW + laterMs;
    expect(mesh.run(endMaintenance({ kind: 'socket' }))).toMatchObject({
      kind: 'refused',
      problem: { code: 'state_conflict' },
    });
  });
});

describe('openWindow', () => {
  it.each([
    [0, true],
    [30 * MINUTE - 1, true],
    [30 * MINUTE, false],
    [30 * MINUTE + 1, false],
  ])('%i ms after its start: %s', (laterMs, open) => {
    const mesh = new Mesh();
    start(mesh);
    expect(openWindow(mesh.state, NOW + laterMs) !== undefined).toBe(open);
  });
});
