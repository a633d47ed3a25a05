// A node replaces its own keys while packets pass, and no packet is lost: with strict rotation, where slots
// alternate, and with rotation in place, where the tunnels move to slot b and back.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countLoss,
  createLab,
  type Lab,
  type Mesh,
  type Meters,
  startMesh,
  startMeters,
  until,
} from '../lab/index.ts';
import { untilMs } from './support/trial.ts';

const NODES = ['a', 'b'] as const;
type Name = (typeof NODES)[number];

let workDir: string;
let lab: Lab<Name | 'controller'>;
let mesh: Mesh<Name>;
let meters: Meters<Name>;

/** Strict rotation leaves a slot free for a part of an epoch only, which has to be long enough. */
const EPOCH_SECONDS = { in_place: 8, strict: 20 };

async function start(prefix: string, subnet: string, rotation: 'in_place' | 'strict'): Promise<void> {
  workDir = mkdtempSync(join(tmpdir(), `${prefix}-`));
  lab = await createLab({ prefix, nodes: ['controller', ...NODES], subnet });
  mesh = await startMesh<Name>({
    controllerHost: lab.node('controller'),
    hosts: { a: lab.node('a'), b: lab.node('b') },
    workDir,
    epochSeconds: EPOCH_SECONDS[rotation],
    benchmarkSeconds: 3,
    tunnel: 'userspace',
    controllerSettings: { rotation },
  });
  const addresses = { a: mesh.node('a').address, b: mesh.node('b').address };
  meters = await startMeters(lab as unknown as Lab<Name>, { addresses });
  await packetsPass();
}

const packetsPass = () =>
  until('packets both ways', 60_000, () =>
    meters.all.every((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > Date.now() - 200) ? true : undefined,
  );

async function stop(): Promise<void> {
  await meters?.stop();
  await mesh?.stop();
  await lab?.destroy();
  rmSync(workDir, { recursive: true, force: true });
}

/** Asks the running agent of node a, as `mesh-agent rotate-keys` does. */
async function rotateKeys(ask: Partial<Record<'identity' | 'wireguard' | 'interrupt', boolean>>) {
  const fetch = createSocketFetch(join(mesh.node('a').stateDir, 'control.sock'));
  try {
    const body = { identity: false, wireguard: false, encapsulation: false, interrupt: false, ...ask };
    const answer = await fetch('http://agent/v1/rotate-keys', {
      method: 'POST',
      body: JSON.stringify(body),
    });
    return {
      status: answer.status,
      body: (await answer.json()) as { replaced?: string[]; message?: string },
    };
  } finally {
    fetch.close();
  }
}

const keysOfA = async () => {
  const { identity_key, wg_public_keys } = await mesh.admin.node(mesh.node('a').id);
  return { identity: identity_key, ...wg_public_keys };
};

/** Waits until both slots have carried packets since, and counts what was lost from `fromMs` on. */
async function lossSince(fromMs: number, epochSeconds: number) {
  const toMs = Date.now() + 2.5 * epochSeconds * 1_000;
  await untilMs('two boundaries', toMs);
  return countLoss(meters.all, fromMs, toMs - 2_500);
}

describe('with strict rotation', () => {
  beforeAll(() => start('kstrict', '10.97.0.0/24', 'strict'), 100_000);
  afterAll(stop, 60_000);

  it('every key of a node is replaced without a lost packet, and a restart has the new ones', async () => {
    const before = await keysOfA();
    const fromMs = Date.now();
    const { status, body } = await rotateKeys({ identity: true, wireguard: true });
    expect([status, body.message, body.replaced?.toSorted()]).toEqual([
      200,
      undefined,
      ['a', 'b', 'identity'],
    ]);
    const { sent, lost } = await lossSince(fromMs, EPOCH_SECONDS.strict);
    const after = await keysOfA();
    expect(new Set([...Object.values(before), ...Object.values(after)]).size).toBe(6);
    expect(sent).toBeGreaterThan(500);
    expect(lost).toBe(0);
    const shown = await lab.node('b').exec('wg', ['show', 'all', 'peers']);
    expect(shown.stdout).not.toContain(before.a);
    expect(shown.stdout).not.toContain(before.b);
    await mesh.node('a').agent.kill();
    await mesh.node('a').restartAgent();
    await packetsPass();
    expect(await keysOfA()).toEqual(after);
  }, 300_000);
});

describe('with rotation in place', () => {
  beforeAll(() => start('kplace', '10.98.0.0/24', 'in_place'), 100_000);
  afterAll(stop, 60_000);

  it('every key of a node is replaced without a lost packet, and no interface is left behind', async () => {
    const before = await keysOfA();
    const fromMs = Date.now();
    const { status, body } = await rotateKeys({ identity: true, wireguard: true });
    expect([status, body.message, body.replaced?.toSorted()]).toEqual([
      200,
      undefined,
      ['a', 'b', 'identity'],
    ]);
    const { sent, lost } = await lossSince(fromMs, EPOCH_SECONDS.in_place);
    const after = await keysOfA();
    expect(new Set([...Object.values(before), ...Object.values(after)]).size).toBe(6);
    expect(sent).toBeGreaterThan(500);
    expect(lost).toBe(0);
    for (const name of NODES) {
      await until('slot b has gone', 60_000, async () => {
        const { stdout } = await lab.node(name).exec('wg', ['show', 'interfaces']);
        return stdout.trim().split(/\s+/).length === 1 ? true : undefined;
      });
    }
    const shown = await lab.node('b').exec('wg', ['show', 'all', 'peers']);
    expect(shown.stdout).toContain(after.a);
    expect(shown.stdout).not.toContain(before.a);
  }, 300_000);
});
