// Faults of the control plane: the controller dies at a bad moment, clocks are set, two agents have one
// identity.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { whenInFull } from '@mesh/host/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MovableClock, movableClock } from '../faults/movable-clock.ts';
import { MeshProcess, until } from '../lab/index.ts';
import { openTrial, statusAt, type Trial } from './support/trial.ts';

const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
const HOUR_MS = 3_600_000;
/** After a jump, nobody is denied for staleness for one epoch. */
const EPOCH_MS = 8_000;
const LEASE_SECONDS = 60;
/**
 * A conflict of two agents is logged this often (packages/membership/src/observations/instance-conflicts.ts).
 */
const LOGGED_EVERY_MS = 60_000;
/** The first of two agents is told with its next accepted benchmark, while both fight over sequences. */
const TOLD_MS = 120_000;
/** So rare that only the boundary itself can make an agent change its keys. */
const RECONCILE_SECONDS = 60;
const AGENT = join(import.meta.dirname, '../../apps/node-agent/src/main.ts');

const WAITED_MS = 60_000;

let trial: Trial<Name>;
let clockOfA: MovableClock;
let clockOfController: MovableClock;

beforeAll(async () => {
  trial = await openTrial<Name>({
    prefix: 'badctl',
    subnet: '10.93.0.0/24',
    names: NODES,
    otherHosts: ['twin'],
    settings: (workDir) => {
      clockOfA = movableClock('agent', join(workDir, 'clock-of-a'));
      clockOfController = movableClock('controller', join(workDir, 'clock-of-controller'));
      return {
        epochSeconds: EPOCH_MS / 1_000,
        benchmarkSeconds: 2,
        services: [],
        leaseSeconds: LEASE_SECONDS,
        agentSettings: Object.fromEntries(
          NODES.map((name) => [name, { reconcile_seconds: RECONCILE_SECONDS }]),
        ),
        faults: { agents: { a: [clockOfA.fault] }, controller: [clockOfController.fault] },
      };
    },
  });
});

afterAll(() => trial?.close());

const epochNow = async () => (await trial.mesh.admin.epoch()).epoch_id;
const sequenceOf = async (name: Name) => (await trial.mesh.admin.node(name)).last_benchmark?.sequence ?? 0;

const PAIRS = [
  ['a', 'b'],
  ['a', 'c'],
  ['b', 'c'],
] as const;
/** The keys of all pairs, as one end has them. */
const keysOfPairs = () =>
  Promise.all(PAIRS.map(async ([one, other]) => (await trial.keys(one)).get(await trial.publicKey(other))));

/** Resolves when every pair has another key, the same at both its ends. */
async function untilRotated(from?: readonly (string | undefined)[]): Promise<readonly string[]> {
  const old = from ?? (await keysOfPairs());
  return Promise.all(PAIRS.map(([one, other], at) => trial.untilSameKey(one, other, old[at], WAITED_MS)));
}

/** Resolves when every node has had another benchmark accepted, and is in. */
async function untilMeasured(): Promise<void> {
  await Promise.all(
    NODES.map(async (name) => {
      const before = await sequenceOf(name);
      await until(`a benchmark of ${name}`, WAITED_MS, async () => {
        const { membership, last_benchmark } = await trial.mesh.admin.node(name);
        return membership === 'ALLOWED' && (last_benchmark?.sequence ?? 0) > before ? true : undefined;
      });
    }),
  );
}

/** Resolves when the agent knows that the controller's clock is ahead of its own by this much. */
const untilOffsetKnown = (name: Name, aheadMs: number) =>
  until(`${name} to know that the clocks are ${aheadMs} ms apart`, WAITED_MS, async () => {
    const { controller } = await trial.status(name);
    const { clock_offset_ms: offsetMs, clock_uncertainty_ms: uncertaintyMs } = controller;
    if (offsetMs === null || uncertaintyMs === null) return undefined;
    return Math.abs(offsetMs - aheadMs) < 1_000 + Math.min(uncertaintyMs, HOUR_MS / 4) ? true : undefined;
  });

const logSize = async () => (await trial.mesh.admin.log({ limit: 1 })).size;
const entriesSince = async (size: number) => (await trial.mesh.log(size)).map(({ entry }) => entry);
const deniedSince = async (size: number) =>
  (await entriesSince(size)).filter(({ type }) => type === 'node_denied');

/**
 * The nodes that were denied since the log had this size, when the controller's clock was set to `setMs`.
 * Only a node whose benchmark did not arrive within an epoch may be denied, and only after it. That happens
 * on a machine that is busy with other work.
 */
async function deniedAfterAnEpoch(size: number, setMs: number): Promise<readonly string[]> {
  const entries = await entriesSince(size);
  const timeOf = ({ at }: Readonly<Record<string, unknown>>) => Date.parse(String(at));
  const isOnNewClock = (entry: Readonly<Record<string, unknown>>) =>
    Math.abs(timeOf(entry) - setMs) < HOUR_MS / 2;
  const denied = entries.filter(({ type }) => type === 'node_denied');
  for (const denial of denied) {
    expect(denial).toMatchObject({ data: { reason_code: 'stale' } });
    expect(timeOf(denial)).toBeGreaterThanOrEqual(setMs + EPOCH_MS);
    const inTime = entries.filter(
      (entry) =>
        entry.type === 'benchmark_accepted' &&
        entry.node_id === denial.node_id &&
        Number(entry.index) < Number(denial.index) &&
        isOnNewClock(entry),
    );
    expect(inTime).toEqual([]);
  }
  return denied.map(({ node_id }) => String(node_id));
}

describe('a controller that is killed between publishing and the boundary', () => {
  it('has given both ends the new key: they change at the boundary without loss, and rotation goes on after a restart', async () => {
    const { mesh } = trial;
    const size = await logSize();
    const fromMs = Date.now();
    const { next, old } = await until(
      'the next epoch at every agent, before its boundary',
      60_000,
      async () => {
        const held = await keysOfPairs();
        const coming = (await epochNow()) + 1;
        const statuses = await Promise.all(NODES.map((name) => trial.status(name)));
        const isHeld = statuses.every(({ config_version }) => config_version?.startsWith(`${coming}.`));
        return isHeld && EPOCH_MS - (Date.now() % EPOCH_MS) > 300 ? { next: coming, old: held } : undefined;
      },
    );
    const killedMs = Date.now();
    await mesh.controller.kill();
    const applied = await untilRotated(old);
    const { events } = await trial.status('a');
    await mesh.restartController();

    const entries = (await mesh.log(size)).map(({ entry }) => entry);
    const opened = entries.filter(({ type }) => type === 'epoch_opened');
    const { data } = opened.find(({ epoch_id }) => epoch_id === next) ?? {};
    const boundaryMs = Date.parse((data as { activate_at: string } | undefined)?.activate_at ?? '');
    expect(killedMs).toBeLessThan(boundaryMs);
    const appliedMs = events.find(
      ({ event }) => event.type === 'epoch_applied' && event.epochId === next,
    )?.atMs;
    expect(appliedMs).toBeGreaterThanOrEqual(boundaryMs);
    expect(appliedMs).toBeLessThan(boundaryMs + RECONCILE_SECONDS * 1_000);
    expect(opened.at(-1)?.epoch_id).toBeGreaterThan(next);
    await untilRotated(applied);
    await untilMeasured();
    expect(await trial.loss(NODES, fromMs)).toMatchObject({ lost: 0 });
    expect(await deniedSince(size)).toEqual([]);
  });
});

whenInFull(() => {
  describe('a clock that is set by an hour', () => {
    it('on a node: leases, keys and benchmarks are not affected, and the node knows the error', async () => {
      const size = await logSize();
      const fromMs = Date.now();
      for (const aheadMs of [HOUR_MS, -HOUR_MS]) {
        clockOfA.setWall(aheadMs);
        await Promise.all([untilRotated(), untilMeasured()]);
        await untilOffsetKnown('a', -aheadMs);
        expect((await trial.status('a')).lease_left_ms).toBeGreaterThan((LEASE_SECONDS * 1_000) / 2);
      }
      clockOfA.setWall(0);
      expect(await deniedSince(size)).toEqual([]);
      expect(await trial.loss(NODES, fromMs)).toMatchObject({ lost: 0 });
    });

    it.each([
      ['ahead', HOUR_MS],
      ['back', 0],
    ])(
      '%s, on the controller: agents learn the new time, no node is denied, no tunnel drops',
      async (_, aheadMs) => {
        const size = await logSize();
        const fromMs = Date.now();
        const said = trial.mesh.controller.output.length;
        clockOfController.setWall(aheadMs);
        await Promise.all([untilRotated(), untilMeasured()]);
        for (const name of NODES) await untilOffsetKnown(name, aheadMs);
        await untilRotated();
        expect(trial.mesh.controller.output.slice(said)).toContain('the wall clock has jumped');
        // By this clock every earlier benchmark is an hour off, and the waiver has ended.
        const late = await deniedAfterAnEpoch(size, fromMs + aheadMs);
        const inTime = NODES.filter((name) => !late.includes(name));
        expect(await trial.loss(inTime, fromMs)).toMatchObject({ lost: 0 });
      },
    );
  });

  describe('two agents with one identity', () => {
    const clones: MeshProcess[] = [];
    const stateDir = () => join(trial.workDir, 'twin', 'state');
    const statusOfTwin = () => statusAt(join(stateDir(), 'control.sock'));

    /** A copy of a whole machine: keys and settings. */
    function startTwin(): MeshProcess {
      const { mesh, workDir, lab } = trial;
      const { stateDir: original, configFile } = mesh.node('a');
      mkdirSync(stateDir(), { recursive: true, mode: 0o700 });
      for (const file of ['keys', 'enrolment.json', 'sequences.json'])
        cpSync(join(original, file), join(stateDir(), file));
      const settings = JSON.parse(readFileSync(configFile, 'utf8'));
      const config = join(workDir, 'twin', 'agent.json');
      const moved = { ...settings, state_dir: stateDir(), runtime_dir: join(workDir, 'twin', 'run') };
      writeFileSync(config, JSON.stringify(moved));
      const args = ['up', '--config', config];
      const logFile = join(workDir, 'twin-agent.log');
      const clone = new MeshProcess({ host: lab.node('twin'), entry: AGENT, args, logFile });
      clones.push(clone);
      return clone;
    }
    afterAll(() => Promise.all(clones.map((clone) => clone.stop())));

    it('are both told; the second gets no config while the first runs, and the first loses nothing', async () => {
      const { mesh } = trial;
      const size = await logSize();
      const fromMs = Date.now();
      const twin = startTwin();
      await twin.says('another agent is running with the identity of this one', TOLD_MS);
      expect((await statusOfTwin()).other_instance).toMatchObject({ role: 'refused' });
      await mesh.node('a').agent.says('another agent is running with the identity of this one', TOLD_MS);
      // It forgets the other one until that one asks again.
      await until('the first to show it', TOLD_MS, async () =>
        (await trial.status('a')).other_instance?.role === 'running' ? true : undefined,
      );
      await untilRotated();
      await untilRotated();
      expect(await statusOfTwin()).toMatchObject({ allowed: null, peers: [] });
      const conflicts = (await entriesSince(size)).filter(({ type }) => type === 'instance_conflict');
      expect(new Set(conflicts.map(({ node_id }) => node_id))).toEqual(new Set(['a']));
      const timesMs = conflicts.map(({ at }) => Date.parse(String(at)));
      for (const [at, timeMs] of timesMs.slice(1).entries())
        expect(timeMs - Number(timesMs[at])).toBeGreaterThanOrEqual(LOGGED_EVERY_MS);
      expect(await deniedSince(size)).toEqual([]);
      expect(await trial.loss(NODES, fromMs)).toMatchObject({ lost: 0 });
    });

    it('change places when the first is killed: the second takes over, and the first is refused when it is back', async () => {
      const { mesh } = trial;
      await mesh.node('a').agent.kill();
      // It need not wait until the lease of the first has ended.
      await until('the second is taken', LEASE_SECONDS * 1_000, async () =>
        (await statusOfTwin()).allowed === true ? true : undefined,
      );
      expect((await statusOfTwin()).other_instance?.role).not.toBe('refused');
      await mesh.node('a').restartAgent();
      await mesh.node('a').agent.says('another agent is running with the identity of this one', TOLD_MS);
    });
  });
});
