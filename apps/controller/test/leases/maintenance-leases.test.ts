// Planned work over real sockets: leases last until it is over, everybody hears of it at once, no answer
// renews more than is left, and a denial cuts all the same.

import { ed25519PublicKey, encodeBase64, formatRfc3339 } from '@mesh/primitives';
import {
  CONFIG_VERSION_HEADER,
  type MaintenanceMessage,
  pathOf,
  signMessage,
  verifyMessage,
} from '@mesh/protocol';
import { describe, expect, it, vi } from 'vitest';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import {
  asDelta,
  fullConfig,
  problemOf,
  type RunningMesh,
  runningMesh,
  untilWaiting,
} from '../support/running-mesh.ts';

const ALICE: Uint8Array = new Uint8Array(32).fill(1);
const MALLORY: Uint8Array = new Uint8Array(32).fill(2);
const officers = [{ name: 'alice', public_key: encodeBase64(ed25519PublicKey(ALICE)) }];
const LEASE = 180;
const WINDOW_MS = 1_800_000;
const settings = {
  epoch_seconds: 86_400,
  max_benchmark_age_seconds: 86_400 * 3,
  // The first boundary can be a day away: certificates outlive it.
  certificate_hours: 72,
  officers,
};

let made = 0;
function request(
  mesh: RunningMesh,
  over: Partial<MaintenanceMessage> = {},
  seed = ALICE,
): MaintenanceMessage {
  const nowMs = Math.floor(mesh.clock.nowMs());
  made += 1;
  const body = {
    mesh_id: 'testmesh' as MaintenanceMessage['mesh_id'],
    request_id: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    timestamp: formatRfc3339(nowMs),
    expires_at: formatRfc3339(nowMs + 60_000),
    reason: 'new disks',
    until: formatRfc3339(nowMs + WINDOW_MS),
    ...over,
  };
  return signMessage('maintenance', body, seed);
}

describe('a window of planned work', () => {
  it('reaches every open query at once, as a signed delta of nothing but the lease, for which no key is derived', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    const before = await fullConfig(mesh.node('node-a'));
    expect(before.lease_seconds).toBe(LEASE);
    const { version } = before;
    const queries = ['node-a', 'node-b'].map((name) => mesh.node(name).config({ version, waitSeconds: 60 }));
    await untilWaiting(mesh, 2);
    const derive = vi.spyOn(PskDeriver.prototype, 'derive');
    try {
      await mesh.controller.admin.startMaintenance(request(mesh));
      for (const [at, name] of ['node-a', 'node-b'].entries()) {
        const answer = await queries[at];
        const delta = asDelta(answer);
        expect(delta).toMatchObject({ base: version, removed: [], added: [], lease_seconds: LEASE + 1800 });
        expect(delta).not.toHaveProperty('keys');
        expect(verifyMessage('config', answer?.raw ?? {}, mesh.node(name).configPublicKey)).toBe(true);
      }
      expect(derive).not.toHaveBeenCalled();
    } finally {
      derive.mockRestore();
    }
  });

  it('makes leases last until its end and their usual length, to the second', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    await mesh.controller.admin.startMaintenance(request(mesh));
    const startMs = mesh.clock.nowMs();
    const seen: [number, number][] = [];
    for (const laterMs of [0, 1_000, 900_000, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 60_000]) {
      await mesh.clock.advance(laterMs - (mesh.clock.nowMs() - startMs));
      seen.push([laterMs, (await fullConfig(mesh.node('node-a'))).lease_seconds]);
    }
    expect(seen).toEqual([
      [0, LEASE + 1800],
      [1_000, LEASE + 1799],
      [900_000, LEASE + 900],
      [WINDOW_MS - 1, LEASE + 1],
      [WINDOW_MS, LEASE],
      [WINDOW_MS + 60_000, LEASE],
    ]);
  });

  it('is never renewed beyond its end: where there was a 304, an answer carries what is left', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = mesh.node('node-a');
    await mesh.controller.admin.startMaintenance(request(mesh));
    const { version } = await fullConfig(node);
    const query = node.config({ version, waitSeconds: 60 });
    await untilWaiting(mesh, 1);
    await mesh.clock.advance(60_000);
    const delta = asDelta(await query);
    expect(delta).toMatchObject({ version, base: version, lease_seconds: LEASE + 1740 });
    // Nor does another answer renew what was carried last.
    const other = await node.fetch(`${mesh.controller.nodesUrl}${pathOf('epoch')}`, {
      method: 'GET',
      headers: { [CONFIG_VERSION_HEADER]: version },
    });
    expect([other.status, other.headers.get(CONFIG_VERSION_HEADER)]).toEqual([200, null]);
  });

  it('ends by itself: waiting nodes are told of the usual lease, and then there are 304s again', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = mesh.node('node-a');
    await mesh.controller.admin.startMaintenance(request(mesh));
    await mesh.clock.advance(WINDOW_MS - 10_000);
    const { version } = await fullConfig(node);
    const query = node.config({ version, waitSeconds: 60 });
    await untilWaiting(mesh, 1);
    await mesh.clock.advance(10_000);
    const delta = asDelta(await query);
    expect(delta.lease_seconds).toBe(LEASE);
    expect(await node.config({ version: delta.version })).toBeUndefined();
    // Who lost that answer asks with the older version, and gets it again.
    expect(asDelta(await node.config({ version })).lease_seconds).toBe(LEASE);
  });

  it('ends at an operator’s word', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = mesh.node('node-a');
    const { admin } = mesh.controller;
    expect((await admin.startMaintenance(request(mesh))).window).toMatchObject({ officer: 'alice' });
    const { version } = await fullConfig(node);
    const query = node.config({ version, waitSeconds: 60 });
    await untilWaiting(mesh, 1);
    expect((await admin.endMaintenance()).window).toBeNull();
    expect(asDelta(await query).lease_seconds).toBe(LEASE);
    expect(await problemOf(admin.endMaintenance())).toMatchObject({ code: 'state_conflict' });
    const { entries } = await admin.log({ limit: 1000 });
    const types = entries.map(({ entry }) => entry.type);
    expect(types.filter((type) => String(type).startsWith('maintenance_'))).toEqual([
      'maintenance_started',
      'maintenance_ended',
    ]);
  });

  it('outlives a restart of the controller, its request stays spent, and its end is told', async () => {
    // Short epochs and a short window: certificates made at the restart must be good by the machine's clock.
    await using mesh = await runningMesh(['node-a'], { officers, max_benchmark_age_seconds: 9000 });
    const node = mesh.node('node-a');
    const untilMs = Math.floor(mesh.clock.nowMs()) + 40_000;
    const sent = request(mesh, { until: formatRfc3339(untilMs) });
    await mesh.controller.admin.startMaintenance(sent);
    await mesh.controller.restart();
    node.reconnect();
    const { admin } = mesh.controller;
    expect(await problemOf(admin.startMaintenance(sent))).toMatchObject({ code: 'request_replayed' });
    expect((await admin.maintenance()).window).toMatchObject({
      request_id: sent.request_id,
      reason: 'new disks',
      until: sent.until,
    });
    const config = await fullConfig(node);
    expect(config.lease_seconds).toBe(LEASE + Math.ceil((untilMs - mesh.clock.nowMs()) / 1000));
    await mesh.clock.advance(untilMs - mesh.clock.nowMs());
    expect((await node.config({ version: config.version }))?.body.lease_seconds).toBe(LEASE);
  });

  it('does not hold up a denial', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    await mesh.controller.admin.startMaintenance(request(mesh));
    const { version } = await fullConfig(mesh.node('node-a'));
    const query = mesh.node('node-a').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh, 1);
    await mesh.node('node-b').submit(0.1);
    expect(asDelta(await query)).toMatchObject({ removed: ['node-b'], added: [] });
  });

  it('is not made longer by a clock that is set back', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    await mesh.controller.admin.startMaintenance(request(mesh));
    mesh.clock.jumpWall(-60_000);
    expect((await fullConfig(mesh.node('node-a'))).lease_seconds).toBe(LEASE + 1800);
  });

  it('renews nothing while the disk fails', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], settings);
    await mesh.controller.admin.startMaintenance(request(mesh));
    const { version } = await fullConfig(mesh.node('node-a'));
    mesh.controller.failWrites(true);
    await mesh
      .node('node-b')
      .submit(0.9)
      .catch(() => undefined);
    expect(await problemOf(mesh.node('node-a').config({ version }))).toMatchObject({
      code: 'storage_unavailable',
    });
  });
});

describe('a request to open a window', () => {
  it('is refused for its signature, mesh, form and times, and no lease changes', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const cases: [object, Uint8Array, string][] = [
      [{}, MALLORY, 'officer_unknown'],
      [{ mesh_id: 'other' }, ALICE, 'mesh_mismatch'],
      [{ until: 'tomorrow' }, ALICE, 'invalid_message'],
      [{ until: '2099-01-01T00:00:00Z' }, ALICE, 'invalid_message'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, ALICE, 'request_expired'],
    ];
    for (const [over, seed, code] of cases) {
      const sent = request(mesh, over, seed);
      expect(await problemOf(mesh.controller.admin.startMaintenance(sent))).toMatchObject({ code });
    }
    expect((await mesh.controller.admin.maintenance()).window).toBeNull();
    expect((await fullConfig(mesh.node('node-a'))).lease_seconds).toBe(LEASE);
  });

  it('that was altered after it was signed is refused', async () => {
    await using mesh = await runningMesh([], settings);
    const sent = { ...request(mesh), reason: 'another one' };
    expect(await problemOf(mesh.controller.admin.startMaintenance(sent))).toMatchObject({
      code: 'officer_unknown',
    });
  });

  it('is refused where no officers are configured', async () => {
    await using mesh = await runningMesh([], { ...settings, officers: [] });
    expect(await problemOf(mesh.controller.admin.startMaintenance(request(mesh)))).toMatchObject({
      code: 'officer_unknown',
    });
  });
});
