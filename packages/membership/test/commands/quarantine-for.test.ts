// Quarantines that end by themselves: at the moment that was set, and only those.

import {
  endQuarantines,
  logEntryOf,
  nextQuarantineEndMs,
  quarantineOrRevoke,
  type StatusChange,
} from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../support/mesh.ts';

const HOUR = 3_600_000;
const change = (mesh: Mesh, over: Partial<StatusChange>) =>
  mesh.run(
    quarantineOrRevoke({
      change: 'quarantine',
      nodeId: 'node-a',
      why: 'odd',
      actor: { kind: 'socket' },
      ...over,
    }),
  );

describe('a quarantine with an end', () => {
  it.each([
    [HOUR - 1, 'quarantined'],
    [HOUR, 'active'],
    [HOUR + 1, 'active'],
  ])('after %i ms of an hour, the node is %s', (laterMs, status) => {
    const mesh = new Mesh();
    mesh.admit('node-a');
    const { events } = change(mesh, { forMs: HOUR });
    expect(events.map(logEntryOf)[0]?.data).toMatchObject({ until: formatRfc3339(NOW + HOUR) });
    expect(mesh.node('node-a')).toMatchObject({ status: 'quarantined', membership: 'denied' });
    expect(nextQuarantineEndMs(mesh.state)).toBe(NOW + HOUR);
    mesh.nowMs = NOW + laterMs;
    mesh.run(endQuarantines());
    // A release admits nobody: that waits for a boundary.
    expect(mesh.node('node-a')).toMatchObject({ status, membership: 'denied' });
  });

  it('is released by the controller, and the log says so', () => {
    const mesh = new Mesh();
    mesh.admit('node-a');
    change(mesh, { forMs: HOUR });
    mesh.nowMs = NOW + HOUR;
    expect(mesh.run(endQuarantines()).events.map(logEntryOf)).toMatchObject([
      { type: 'node_released', nodeId: 'node-a', data: { actor: 'system' } },
    ]);
    expect(nextQuarantineEndMs(mesh.state)).toBeUndefined();
  });

  it.each<[string, (mesh: Mesh) => void]>([
    ['a release', (mesh) => change(mesh, { change: 'release' })],
    ['a revocation', (mesh) => change(mesh, { change: 'revoke' })],
    [
      'another quarantine after a release',
      (mesh) => {
        change(mesh, { change: 'release' });
        change(mesh, {});
      },
    ],
  ])('has no end any more after %s', (_what, before) => {
    const mesh = new Mesh();
    mesh.admit('node-a');
    change(mesh, { forMs: HOUR });
    before(mesh);
    const { status } = mesh.node('node-a');
    expect(nextQuarantineEndMs(mesh.state)).toBeUndefined();
    mesh.nowMs = NOW + 2 * HOUR;
    expect(mesh.run(endQuarantines()).events).toEqual([]);
    expect(mesh.node('node-a').status).toBe(status);
  });
});

it('the next end is the earliest of all', () => {
  const mesh = new Mesh();
  for (const [nodeId, forMs] of [
    ['node-a', 2 * HOUR],
    ['node-b', HOUR],
    ['node-c', undefined],
  ] as const) {
    mesh.admit(nodeId);
    change(mesh, { nodeId, forMs });
  }
  expect(nextQuarantineEndMs(mesh.state)).toBe(NOW + HOUR);
});
