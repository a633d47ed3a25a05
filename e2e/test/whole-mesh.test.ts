// A whole mesh on real WireGuard: three nodes in namespaces, a controller, and packet meters on every pair.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CpuWaits,
  countLoss,
  createLab,
  type Lab,
  type Mesh,
  type Meters,
  SPARSE_RATE,
  startMesh,
  startMeters,
  until,
} from '../lab/index.ts';

const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 4;

let workDir: string;
let lab: Lab<Name | 'controller'>;
let mesh: Mesh<Name>;
let meters: Meters<Name>;

async function membership(name: Name): Promise<string> {
  return (await mesh.admin.node(name)).membership;
}

const untilIs = (name: Name, wanted: string) =>
  until(`${name} is ${wanted}`, 60_000, async () => ((await membership(name)) === wanted ? true : undefined));

/** Preshared keys on a node's interface, by the peer's public key. Read with the real tool. */
async function presharedKeys(name: Name): Promise<Map<string, string>> {
  const { stdout } = await lab.node(name).exec('wg', ['show', 'lab0', 'preshared-keys']);
  return new Map(
    stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t') as [string, string]),
  );
}

/** A time in a log entry's data, in milliseconds. */
function timeIn(data: unknown, name: string): number {
  return Date.parse((data as Record<string, string> | undefined)?.[name] ?? 'missing');
}

async function publicKey(name: Name): Promise<string> {
  return (await mesh.admin.node(name)).wg_public_keys.a;
}

/** The keys from which a node's agent takes configs, as its enrolment file has them. */
function trustedBy(name: Name): string[] {
  const text = readFileSync(join(mesh.node(name).stateDir, 'enrolment.json'), 'utf8');
  const { config_public_key: key, config_key_list: list } = JSON.parse(text) as {
    config_public_key: string;
    config_key_list?: { present: string; next?: { public_key: string } };
  };
  return list === undefined ? [key] : [list.present, ...(list.next ? [list.next.public_key] : [])];
}

/** The keys by which a node's agent knows the log. */
function knownOfLog(name: Name): readonly string[] {
  const text = readFileSync(join(mesh.node(name).stateDir, 'enrolment.json'), 'utf8');
  return (JSON.parse(text) as { log: { verifier_keys: string[] } }).log.verifier_keys;
}

/** Waits until both ends of a↔b have taken the key of a later epoch than that of now. */
async function untilBothFollow(): Promise<void> {
  const [keyOfA, keyOfB] = await Promise.all([publicKey('a'), publicKey('b')]);
  const old = (await presharedKeys('a')).get(keyOfB);
  await until('both agents follow the epochs', 60_000, async () => {
    const [atA, atB] = await Promise.all([presharedKeys('a'), presharedKeys('b')]);
    const psk = atA.get(keyOfB);
    return psk !== old && psk === atB.get(keyOfA) ? true : undefined;
  });
}

/** Packets a↔b from `fromMs` to now. */
const lossBetweenAAndB = (fromMs: number) =>
  countLoss([meters.between('a', 'b'), meters.between('b', 'a')], fromMs, Date.now());

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'whole-mesh-'));
  lab = await createLab({ prefix: 'whole', nodes: ['controller', ...NODES], subnet: '10.97.0.0/24' });
  mesh = await startMesh<Name>({
    controllerHost: lab.node('controller'),
    hosts: { a: lab.node('a'), b: lab.node('b'), c: lab.node('c') },
    workDir,
    epochSeconds: EPOCH_SECONDS,
    benchmarkSeconds: 4,
    tunnel: 'userspace',
    policy: { threshold: 0.7, floors: { refusal: 0.8 } },
  });
});

afterAll(async () => {
  await meters?.stop();
  await mesh?.stop();
  await lab?.destroy();
  rmSync(workDir, { recursive: true, force: true });
});

describe('a mesh on real WireGuard', () => {
  it('admits nodes by their own benchmarks, and every pair exchanges packets', async () => {
    await Promise.all(NODES.map((name) => untilIs(name, 'ALLOWED')));
    const addresses = { a: mesh.node('a').address, b: mesh.node('b').address, c: mesh.node('c').address };
    meters = await startMeters(lab as unknown as Lab<Name>, { addresses, rate: SPARSE_RATE });
    await until('packets on all six streams', 60_000, () =>
      meters.all.every((meter) => meter.arrivals().length > 10) ? true : undefined,
    );
    const { scores } = (await mesh.admin.node('a')).last_benchmark ?? { scores: {} };
    expect(Object.keys(scores).sort()).toEqual(['honesty', 'overall', 'policy', 'refusal']);
  });

  it('gives both ends of a pair the same preshared key, a new one in each epoch, and loses nothing', async () => {
    const fromMs = Date.now();
    const seen = new Set<string>();
    for (let rotations = 0; rotations < 2; rotations++) {
      const before = (await mesh.admin.epoch()).epoch_id;
      await until('the next epoch', 60_000, async () =>
        (await mesh.admin.epoch()).epoch_id > before ? true : undefined,
      );
      const [keyOfA, keyOfB] = await Promise.all([publicKey('a'), publicKey('b')]);
      // The two roles change 200 ms apart, so the keys are compared when both have changed.
      const psk = await until('both ends hold one new key', 60_000, async () => {
        const [atA, atB] = await Promise.all([presharedKeys('a'), presharedKeys('b')]);
        const [one, other] = [atA.get(keyOfB), atB.get(keyOfA)];
        return one !== undefined && one === other && !seen.has(one) ? one : undefined;
      });
      expect(psk).toMatch(/^[A-Za-z0-9+/]{43}=$/);
      seen.add(psk);
      const third = await presharedKeys('c');
      expect([...third.values()]).not.toContain(psk);
    }
    expect(await lossBetweenAAndB(fromMs)).toMatchObject({ lost: 0 });
  });

  it('cuts off a node whose service misbehaves within a second, and no other pair notices', async () => {
    const fromMs = Date.now();
    const size = (await mesh.admin.log({ limit: 1 })).size;
    const programs = () => [mesh.controller.pid, ...NODES.map((name) => mesh.node(name).agent.pid)];
    using waits = new CpuWaits(programs);
    mesh.node('c').become('misaligned');
    await untilIs('c', 'DENIED');
    const entries = (await mesh.log(size)).map(({ entry }) => entry);
    const denial = entries.find((entry) => entry.type === 'node_denied');
    expect(denial).toMatchObject({ node_id: 'c', data: { reason_code: 'below_threshold' } });
    const score = entries.findLast(
      (entry) =>
        entry.type === 'benchmark_accepted' &&
        entry.node_id === 'c' &&
        Number(entry.index) < Number(denial?.index),
    );
    const arrivedAtMs = timeIn(score?.revealed, 'arrived_at');
    await until('three quiet seconds', 10_000, () => (Date.now() > arrivedAtMs + 4_000 ? true : undefined));
    for (const meter of meters.all.filter(({ from, to }) => from === 'c' || to === 'c')) {
      const lastMs = meter.arrivals().at(-1)?.atMs ?? 0;
      // What the programs waited for a core is not theirs.
      const waitedMs = waits.waitedMs(programs(), arrivedAtMs, lastMs);
      expect(lastMs - arrivedAtMs - waitedMs, `${meter.from}→${meter.to}`).toBeLessThan(1_000);
    }
    expect((await presharedKeys('a')).has(await publicKey('c'))).toBe(false);
    expect((await presharedKeys('b')).has(await publicKey('c'))).toBe(false);
    expect((await presharedKeys('c')).size).toBe(0);
    expect(await lossBetweenAAndB(fromMs)).toMatchObject({ lost: 0 });
  });

  it('lets the node back in at a boundary when its service behaves again', async () => {
    const size = (await mesh.admin.log({ limit: 1 })).size;
    const silentUntilMs = Date.now();
    mesh.node('c').become('aligned');
    await untilIs('c', 'ALLOWED');
    await until('packets from and to c', 60_000, () =>
      meters.all.every((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > silentUntilMs) ? true : undefined,
    );
    const entries = (await mesh.log(size)).map(({ entry }) => entry);
    const admission = entries.find((entry) => entry.type === 'node_admitted');
    const opened = entries.find(
      (entry) => entry.type === 'epoch_opened' && entry.epoch_id === admission?.epoch_id,
    );
    const boundaryMs = timeIn(opened?.data, 'activate_at');
    expect(boundaryMs % (EPOCH_SECONDS * 1000)).toBe(0);
    const firstMs = meters
      .between('c', 'a')
      .arrivals()
      .find(({ atMs }) => atMs > silentUntilMs)?.atMs;
    expect(firstMs).toBeGreaterThanOrEqual(boundaryMs - 50);
  });

  it('goes on after the controller is killed: same nodes, higher epoch, no packet lost', async () => {
    const fromMs = Date.now();
    const before = await mesh.admin.epoch();
    const sequence = (await mesh.admin.node('a')).last_benchmark?.sequence ?? 0;
    await mesh.controller.kill();
    await mesh.restartController();
    const after = await until('a higher epoch in force', 60_000, async () => {
      const status = await mesh.admin.epoch();
      return status.epoch_id > before.epoch_id ? status : undefined;
    });
    expect(Object.keys(after.nodes).sort()).toEqual([...NODES]);
    await until('a new benchmark of a', 60_000, async () =>
      ((await mesh.admin.node('a')).last_benchmark?.sequence ?? 0) > sequence ? true : undefined,
    );
    for (const name of NODES) expect(await membership(name)).toBe('ALLOWED');
    expect(await lossBetweenAAndB(fromMs)).toMatchObject({ lost: 0 });
  });

  it('goes on when another key signs the configs: every agent follows, and loses no packet', async () => {
    const fromMs = Date.now();
    const before = await mesh.admin.prepareConfigKey({ reason: 'test', delay_seconds: 0 });
    expect(before.not_confirmed.toSorted()).toEqual([...NODES]);
    await until('every agent has confirmed the next key', 60_000, async () =>
      (await mesh.admin.configKeyStatus()).not_confirmed.length === 0 ? true : undefined,
    );
    await mesh.admin.switchConfigKey({ reason: 'test' });
    const { config_key } = await mesh.admin.finishConfigKey({ reason: 'test' });
    expect(config_key).toBe(before.next_config_key);
    await until('every agent trusts the next key alone', 60_000, () =>
      NODES.every((name) => !trustedBy(name).includes(before.config_key)) ? true : undefined,
    );
    expect(NODES.map(trustedBy)).toEqual(NODES.map(() => [config_key]));
    await untilBothFollow();
    expect(await lossBetweenAAndB(fromMs)).toMatchObject({ lost: 0 });
  });

  it('goes on when other keys sign the log: every agent follows, refuses nothing, and loses no packet', async () => {
    const fromMs = Date.now();
    const { present, next } = await mesh.admin.prepareLogKey({ reason: 'test' });
    const agentsKnow = (keys: readonly string[]) =>
      until(`every agent knows ${keys.length} keys of the log`, 60_000, () =>
        NODES.every((name) => knownOfLog(name).join() === keys.join()) ? true : undefined,
      );
    await agentsKnow([...present, ...(next ?? [])]);
    expect((await mesh.admin.finishLogKey({ reason: 'test' })).present).toEqual(next);
    await agentsKnow(next ?? []);
    await untilBothFollow();
    expect(await lossBetweenAAndB(fromMs)).toMatchObject({ lost: 0 });
    for (const name of NODES) expect(mesh.node(name).agent.output).not.toContain('contradicts itself');
  });

  it('drops no tunnel when an agent is killed and started again', async () => {
    const fromMs = Date.now();
    await mesh.node('a').agent.kill();
    await mesh.node('a').restartAgent();
    await untilBothFollow();
    expect(await lossBetweenAAndB(fromMs)).toMatchObject({ lost: 0 });
  });
});
