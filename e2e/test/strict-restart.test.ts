// Strict rotation when the controller is killed within a lead and comes back: the published epoch still
// begins, the epoch of the new start follows in the other slot, and no packet is lost.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createLab,
  type Lab,
  type Mesh,
  type Meters,
  SPARSE_RATE,
  startMesh,
  startMeters,
  until,
} from '../lab/index.ts';

const NODES = ['a', 'b'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 8;
const EPOCH_MS = EPOCH_SECONDS * 1_000;

let workDir: string;
let lab: Lab<Name | 'controller'>;
let mesh: Mesh<Name>;
let meters: Meters<Name>;

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'strict-restart-'));
  lab = await createLab({ prefix: 'strest', nodes: ['controller', ...NODES], subnet: '10.96.0.0/24' });
  mesh = await startMesh<Name>({
    controllerHost: lab.node('controller'),
    hosts: { a: lab.node('a'), b: lab.node('b') },
    workDir,
    epochSeconds: EPOCH_SECONDS,
    benchmarkSeconds: 20,
    services: [],
    tunnel: 'userspace',
    controllerSettings: { rotation: 'strict' },
  });
  const addresses = { a: mesh.node('a').address, b: mesh.node('b').address };
  meters = await startMeters(lab as unknown as Lab<Name>, { addresses, rate: SPARSE_RATE });
  await until('packets both ways', 60_000, () =>
    meters.all.every((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > Date.now() - 200) ? true : undefined,
  );
});

afterAll(async () => {
  await meters?.stop();
  await mesh?.stop();
  await lab?.destroy();
  rmSync(workDir, { recursive: true, force: true });
});

/** The newest opened epoch, in force or still to come. */
async function newestEpoch(): Promise<{ id: number; activateAtMs: number }> {
  const opened = (await mesh.log()).map(({ entry }) => entry).findLast(({ type }) => type === 'epoch_opened');
  const { activate_at: activateAt } = (opened?.data ?? {}) as { activate_at?: string };
  return { id: Number(opened?.epoch_id), activateAtMs: Date.parse(activateAt ?? '') };
}

/** How many peers are in the slot that carries the epoch. */
async function peersInSlot(name: Name, epochId: number): Promise<number> {
  const { stdout } = await lab
    .node(name)
    .exec('wg', ['show', `lab0-${epochId % 2 === 0 ? 'a' : 'b'}`, 'peers']);
  return stdout.split('\n').filter((line) => line !== '').length;
}

it('loses no packet when the controller is killed within the lead and started again', async () => {
  const fromMs = Date.now();
  const published = await until('a published epoch whose slot is filled', 3 * EPOCH_MS, async () => {
    const { id, activateAtMs } = await newestEpoch();
    if (activateAtMs < Date.now() + 1_000) return undefined;
    const filled = await Promise.all(NODES.map((name) => peersInSlot(name, id)));
    return filled.every((count) => count === 1) ? { id, activateAtMs } : undefined;
  });
  await mesh.controller.kill();
  await mesh.restartController();
  const restarted = await newestEpoch();
  expect(restarted.id).toBe(published.id + 1);
  expect(restarted.activateAtMs - published.activateAtMs).toBeGreaterThanOrEqual(EPOCH_MS / 2);
  // Until after both epochs and one more boundary.
  const untilMs = restarted.activateAtMs + EPOCH_MS + 3_000;
  await until('the epochs to follow', untilMs - Date.now() + 5_000, () =>
    Date.now() > untilMs ? true : undefined,
  );
  expect((await newestEpoch()).id).toBeGreaterThan(restarted.id);
  const counts = meters.all.map((meter) => meter.window(fromMs, untilMs - 2_500));
  expect(Math.min(...counts.map(({ sent }) => sent))).toBeGreaterThan(250);
  expect(counts.map(({ lost, sendErrors }) => lost + sendErrors)).toEqual([0, 0]);
});
