// Faults of a node's own machine: it sleeps, somebody removes or alters its interface, a set of keys fails
// half-way.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { programFile } from '@mesh/host/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HalfSets, halfSets } from '../faults/half-sets.ts';
import { type MovableClock, movableClock } from '../faults/movable-clock.ts';
import { until } from '../lab/index.ts';
import { INTERFACE, openTrial, type Status, type Trial, untilMs, wireguardGoOf } from './support/trial.ts';

const AGENT = programFile(join(import.meta.dirname, '../../apps/node-agent/src/main.ts'));
const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
const LEASE_SECONDS = 60;
/**
 * A long one, so that no new key of an agent hides what was done to the old one. Tests open epochs
 * themselves.
 */
const EPOCH_SECONDS = 60;
/** An agent looks at its interface this often, and measures as often. */
const INTERVAL_SECONDS = 2;
/** How many measurements there may be until an interface is seen and repaired: one, and some for the work. */
const ROUNDS = 4;
/** Packets that a stream may lose while its node comes back: those of a second and a half. */
const LOST_AT_ONCE = 75;
/** How long a packet or an event of a stopped program may be on its way. */
const UNDER_WAY_MS = 100;

const WAITED_MS = 60_000;

let trial: Trial<Name>;
let clockOfC: MovableClock;
const sets: Partial<Record<Name, HalfSets>> = {};

/** Stops or continues all processes of a node, as a sleep of its machine would. */
function signalMachine(name: Name, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const { mesh, lab } = trial;
  const wireguardGo = wireguardGoOf(lab.node(name));
  mesh.node(name).agent.signal(signal);
  process.kill(wireguardGo, signal);
}

type Events = Status['events'];
const firstOf = (events: Events, type: string, sinceMs: number) =>
  events.find(({ event, atMs }) => event.type === type && atMs >= sinceMs);

/**
 * Expects that an agent did something within about one interval, by the work that it does at equal intervals
 * and that a busy machine delays alike.
 */
function expectWithinOneInterval(events: Events, fromMs: number, doneMs: number | undefined): void {
  expect(doneMs).toBeDefined();
  const measured = events.filter(({ event }) => event.type === 'measured');
  // As many as are kept, so none is missing.
  expect(events[0]?.atMs).toBeLessThan(fromMs);
  const between = measured.filter(({ atMs }) => atMs > fromMs && atMs < (doneMs ?? 0));
  expect(between.length).toBeLessThanOrEqual(ROUNDS);
}

beforeAll(async () => {
  trial = await openTrial<Name>({
    prefix: 'badhost',
    subnet: '10.94.0.0/24',
    names: NODES,
    rotate: true,
    settings: (workDir) => {
      clockOfC = movableClock('agent', join(workDir, 'clock-of-c'));
      for (const name of NODES) sets[name] = halfSets(join(workDir, `half-sets-of-${name}`));
      const faultsOf = (name: Name) => {
        const halved = sets[name];
        return [...(halved === undefined ? [] : [halved.fault]), ...(name === 'c' ? [clockOfC.fault] : [])];
      };
      return {
        epochSeconds: EPOCH_SECONDS,
        benchmarkSeconds: INTERVAL_SECONDS,
        services: [],
        leaseSeconds: LEASE_SECONDS,
        agentSettings: Object.fromEntries(
          NODES.map((name) => [name, { reconcile_seconds: INTERVAL_SECONDS }]),
        ),
        faults: { agents: Object.fromEntries(NODES.map((name) => [name, faultsOf(name)])) },
      };
    },
  });
});

afterAll(() => trial?.close());

describe('a machine that sleeps', () => {
  it('across three epochs, within its lease, is back at once with the current keys; the others lose nothing', async () => {
    const { mesh } = trial;
    const fromMs = Date.now();
    signalMachine('c', 'SIGSTOP');
    const stoppedMs = Date.now();
    for (let epochs = 0; epochs < 3; epochs++) await trial.nextEpoch();
    expect(trial.lastSent('c')).toBeLessThan(stoppedMs + UNDER_WAY_MS);
    const stale = (await trial.keys('a')).get(await trial.publicKey('c'));
    const wokenMs = Date.now();
    signalMachine('c', 'SIGCONT');
    await trial.untilFlowing(NODES, wokenMs);
    for (const peer of ['a', 'b'] as const)
      expect((await trial.loss(['c', peer], wokenMs)).lost).toBeLessThan(2 * LOST_AT_ONCE);
    expect((await mesh.admin.node('c')).membership).toBe('ALLOWED');
    // `a` has a key that `c` missed in its sleep, so if both ends have the same key, `c` has fetched it
    // since.
    for (const peer of ['a', 'b'] as const) await trial.untilSameKey('c', peer, undefined, WAITED_MS);
    expect(stale).toBeDefined();
    expect(await trial.loss(['a', 'b'], fromMs)).toMatchObject({ lost: 0 });
  });

  it('beyond its lease removes every peer when it wakes, before the controller answers', async () => {
    const { lab } = trial;
    const fromMs = Date.now();
    await trial.untilFlowing(NODES);
    signalMachine('c', 'SIGSTOP');
    await lab.cut('c', { from: 'controller' });
    clockOfC.sleep(LEASE_SECONDS * 1_000);
    const wokenMs = Date.now();
    signalMachine('c', 'SIGCONT');
    await until('no peer on the interface', WAITED_MS, async () =>
      (await trial.keys('c')).size === 0 ? true : undefined,
    );
    await untilMs('two quiet seconds', Date.now() + 2_000);
    const status = await trial.status('c');
    const lastSentMs = trial.lastSent('c');
    await lab.heal('c', { from: 'controller' });
    expect(status.lease_left_ms).toBe(0);
    // Its clock is ahead by the sleep.
    const wokenThereMs = wokenMs + LEASE_SECONDS * 1_000;
    const ended = firstOf(status.events, 'lease_ended', wokenThereMs);
    const removed = status.events.filter(
      ({ event, atMs }) => event.type === 'peer_removed' && atMs >= wokenThereMs,
    );
    expect(removed).toHaveLength(2);
    const removedMs = Math.max(...removed.map(({ atMs }) => atMs)) - LEASE_SECONDS * 1_000;
    expect(lastSentMs).toBeLessThan(removedMs + UNDER_WAY_MS);
    // It does that at once. One measurement may have been under way.
    const measured = status.events.filter(
      ({ event, atMs }) =>
        event.type === 'measured' && atMs >= wokenThereMs && atMs < (ended?.atMs ?? Number.POSITIVE_INFINITY),
    );
    expect(measured.length).toBeLessThanOrEqual(1);
    const lost = firstOf(status.events, 'controller_lost', wokenThereMs);
    expect(ended).toBeDefined();
    expect(lost?.atMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(ended?.atMs ?? 0);
    await trial.untilFlowing(NODES, Date.now());
    expect(await trial.loss(['a', 'b'], fromMs)).toMatchObject({ lost: 0 });
  });
});

describe('an interface', () => {
  it.each([
    ['removed by hand', () => trial.lab.node('b').exec('ip', ['link', 'delete', INTERFACE])],
    ['whose wireguard-go is killed', () => process.kill(wireguardGoOf(trial.lab.node('b')), 'SIGKILL')],
  ])('%s is noticed, reported and restored within one interval', async (_, takeAway) => {
    await trial.untilFlowing(NODES);
    const pid = wireguardGoOf(trial.lab.node('b'));
    const said = trial.mesh.node('b').agent.output.length;
    const goneMs = Date.now();
    await takeAway();
    await until('another wireguard-go', WAITED_MS, () => {
      const now = wireguardGoOf(trial.lab.node('b'));
      return now === pid ? undefined : now;
    });
    // The handshake is WireGuard's: a lost one, or one that crosses a boundary, is repeated every five
    // seconds.
    await trial.untilFlowing(NODES, Date.now());
    const { events } = await trial.status('b');
    const found = firstOf(events, 'found_altered', goneMs);
    expectWithinOneInterval(events, goneMs, firstOf(events, 'interface_up', goneMs)?.atMs);
    expect(found?.event).toMatchObject({ finding: { kind: 'interface_gone' } });
    expect(trial.mesh.node('b').agent.output.slice(said)).toContain(
      'the interface was changed by somebody else',
    );
    expect(await trial.loss(['a', 'c'], goneMs)).toMatchObject({ lost: 0 });
  });

  it('that is down, without its address and on another port is repaired within one interval', async () => {
    await trial.untilFlowing(NODES);
    const b = trial.lab.node('b');
    const alteredMs = Date.now();
    await b.exec('ip', ['address', 'flush', 'dev', INTERFACE]);
    await b.exec('ip', ['link', 'set', 'dev', INTERFACE, 'down']);
    await b.exec('wg', ['set', INTERFACE, 'listen-port', '51999']);
    const whats = ['listen_port', 'addresses', 'routes', 'link'];
    await until('all of it to be reported', WAITED_MS, async () => {
      const { events } = await trial.status('b');
      const found = events.filter(({ event, atMs }) => event.type === 'found_altered' && atMs >= alteredMs);
      const seen = found.map(({ event }) => (event.finding as { what?: string }).what);
      if (!whats.every((what) => seen.includes(what))) return undefined;
      expectWithinOneInterval(events, alteredMs, Math.max(...found.map(({ atMs }) => atMs)));
      return true;
    });
    await trial.untilFlowing(NODES, Date.now());
    expect(await trial.loss(['a', 'c'], alteredMs)).toMatchObject({ lost: 0 });
  });
});

describe('an interface name that another device has', () => {
  it('is reported by status and its exit code, and to the controller, with the time, until the name is free again', async () => {
    await trial.untilFlowing(NODES);
    const b = trial.lab.node('b');
    const statusCommand = () =>
      b.exec(
        process.execPath,
        [
          '--conditions=@mesh/source',
          AGENT,
          'status',
          '--json',
          '--state-dir',
          trial.mesh.node('b').stateDir,
        ],
        { allowFailure: true },
      );
    expect((await statusCommand()).exitCode).toBe(0);
    const takenMs = Date.now();
    await b.exec('sh', [
      '-c',
      `kill -KILL ${wireguardGoOf(b)}; while ip link show ${INTERFACE} 2> /dev/null; do :; done; ip link add ${INTERFACE} type bridge`,
    ]);
    // The agent may have been repairing when the bridge came, and then told something else first.
    const told = await until('the operator to be told', WAITED_MS, async () => {
      const { tunnel } = (await trial.mesh.admin.node('b')).troubles;
      return tunnel?.code === 'interface_taken' ? tunnel : undefined;
    });
    expect(told.reason).toContain(INTERFACE);
    expect(Date.parse(told.since)).toBeGreaterThanOrEqual(takenMs);
    expect(Date.parse(told.since)).toBeLessThan(Date.now());
    const said = await statusCommand();
    await b.exec('ip', ['link', 'delete', INTERFACE]);
    const freeMs = Date.now();
    expect(said.exitCode).toBe(12);
    expect(said.stderr).toMatch(/the tunnel has been failing since .*: .*lab0/);
    expect(JSON.parse(said.stdout)).toMatchObject({
      interface_up: false,
      tunnel_failure: { code: 'interface_taken' },
    });
    await until('the operator to be told that it works', WAITED_MS, async () =>
      (await trial.mesh.admin.node('b')).troubles.tunnel === null ? true : undefined,
    );
    await trial.untilFlowing(NODES, freeMs);
    expect((await trial.status('b')).tunnel_failure).toBeNull();
    expect((await statusCommand()).exitCode).toBe(0);
    expect(await trial.loss(['a', 'c'], takenMs)).toMatchObject({ lost: 0 });
  });
});

describe('peers that somebody alters with `wg set`', () => {
  const wgSet = (peer: string, args: readonly string[], input?: string) => wgSetAll([[peer, ...args]], input);
  /** All in one command, so that the agent sees all of it or nothing. */
  const wgSetAll = (peers: readonly (readonly string[])[], input?: string) =>
    trial.lab
      .node('b')
      .exec(
        'wg',
        ['set', INTERFACE, ...peers.flatMap((peer) => ['peer', ...peer])],
        input === undefined ? undefined : { input: `${input}\n` },
      );
  /** Resolves with the findings when the agent of `b` has found everything wanted since `sinceMs`. */
  const untilFound = async (sinceMs: number, wanted: readonly object[]): Promise<readonly string[]> => {
    const { events, texts, foundMs } = await until('all of it to be reported', WAITED_MS, async () => {
      const { events } = await trial.status('b');
      const found = events.filter(({ event, atMs }) => event.type === 'found_altered' && atMs >= sinceMs);
      const texts = found.map(({ event }) => JSON.stringify(event.finding));
      if (!wanted.every((finding) => texts.includes(JSON.stringify(finding)))) return undefined;
      return { events, texts, foundMs: Math.max(...found.map(({ atMs }) => atMs)) };
    });
    expectWithinOneInterval(events, sinceMs, foundMs);
    return texts;
  };
  /** One line for each peer of `b`, by its public key. */
  const dump = async (): Promise<Map<string, string[]>> => {
    const { stdout } = await trial.lab.node('b').exec('wg', ['show', INTERFACE, 'dump']);
    const [, ...peers] = stdout.trim().split('\n');
    return new Map(peers.map((line) => [line.split('\t')[0] ?? '', line.split('\t').slice(1)]));
  };
  const randomKey = () => randomBytes(32).toString('base64');
  /** Waits until no boundary is near, so that no new key of the agent hides the alteration of the old one. */
  const untilBetweenBoundaries = async () => {
    const leftMs = EPOCH_SECONDS * 1_000 - (Date.now() % (EPOCH_SECONDS * 1_000));
    if (leftMs < 30_000) await untilMs('the boundary', Date.now() + leftMs + 1_000);
  };

  it('one added, one removed, an allowed IP and a preshared key replaced: all are noticed, reported and repaired within one interval', async () => {
    await trial.untilFlowing(NODES);
    const [keyOfA, keyOfC] = await Promise.all([trial.publicKey('a'), trial.publicKey('c')]);
    const before = await dump();
    const stranger = randomKey();
    const said = trial.mesh.node('b').agent.output.length;
    await untilBetweenBoundaries();
    const alteredMs = Date.now();
    await wgSetAll(
      [
        [stranger, 'allowed-ips', '10.88.0.200/32'],
        [keyOfC, 'remove'],
        [keyOfA, 'allowed-ips', '10.88.0.201/32', 'preshared-key', '/dev/stdin'],
      ],
      randomKey(),
    );
    await untilFound(alteredMs, [
      { kind: 'foreign_peer', publicKey: stranger },
      { kind: 'missing_peer', publicKey: keyOfC },
      { kind: 'altered_peer', publicKey: keyOfA, what: 'allowed_ips' },
      { kind: 'altered_peer', publicKey: keyOfA, what: 'preshared_key' },
    ]);
    const allowedIps = (peers: Map<string, string[]>) =>
      [...peers].map(([key, fields]) => `${key} ${fields[2]}`).sort();
    await until('the peers to be as they were', WAITED_MS, async () =>
      allowedIps(await dump()).join() === allowedIps(before).join() ? true : undefined,
    );
    for (const peer of ['a', 'c'] as const) await trial.untilSameKey('b', peer, undefined, WAITED_MS);
    expect(trial.mesh.node('b').agent.output.slice(said)).toContain(
      'the interface was changed by somebody else',
    );
    await trial.untilFlowing(NODES, Date.now());
    expect(await trial.loss(['a', 'c'], alteredMs)).toMatchObject({ lost: 0 });
  });

  it('of which only an endpoint was moved: a learnt endpoint is left alone', async () => {
    await trial.untilFlowing(NODES);
    const keyOfC = await trial.publicKey('c');
    const elsewhere = `${trial.lab.node('a').address}:40000`;
    const fromMs = Date.now();
    // While `c` sleeps, none of its packets restores its endpoint at `b`.
    signalMachine('c', 'SIGSTOP');
    await wgSet(keyOfC, ['endpoint', elsewhere]);
    // When reconciliation finds another alteration, it has checked all peers. That happens in two epochs
    // here.
    for (const stranger of [randomKey(), randomKey()]) {
      await trial.nextEpoch();
      const sinceMs = Date.now();
      await wgSet(stranger, []);
      const texts = await untilFound(sinceMs, [{ kind: 'foreign_peer', publicKey: stranger }]);
      expect(texts.filter((text) => text.includes(keyOfC))).toEqual([]);
      await until('the stranger to be gone', WAITED_MS, async () =>
        (await dump()).has(stranger) ? undefined : true,
      );
      expect((await dump()).get(keyOfC)?.[1]).toBe(elsewhere);
    }
    signalMachine('c', 'SIGCONT');
    await trial.untilFlowing(NODES, Date.now());
    expect((await dump()).get(keyOfC)?.[1]).toBe(`${trial.lab.node('c').address}:51820`);
    expect(await trial.loss(['a', 'b'], fromMs)).toMatchObject({ lost: 0 });
  });
});

describe('a set of keys that fails half-way', () => {
  it('is undone and repeated peer by peer: both pairs have one key, and no packet is lost', async () => {
    await trial.untilFlowing(NODES);
    const publicKeys = await Promise.all(
      NODES.map(async (name) => ({ name, key: await trial.publicKey(name) })),
    );
    // This node is the initiator towards both others, so it sets both keys at once.
    const first = publicKeys.reduce((one, other) =>
      bytesOf(one.key).compare(bytesOf(other.key)) > 0 ? one : other,
    );
    const { name } = first;
    const others = NODES.filter((other) => other !== name);
    const halved = sets[name];
    const old = new Map<Name, string>();
    for (const other of others) old.set(other, await trial.untilSameKey(name, other, undefined, WAITED_MS));
    const fromMs = Date.now();
    halved?.begin();
    await trial.nextEpoch();
    for (const other of others) await trial.untilSameKey(name, other, old.get(other), WAITED_MS);
    expect(halved?.end()).toBeGreaterThan(0);
    const { events } = await trial.status(name);
    expect(
      events.find(({ event, atMs }) => event.type === 'tunnel_failed' && atMs >= fromMs)?.event,
    ).toMatchObject({
      code: 'apply_failed',
      message: expect.stringContaining('was undone'),
    });
    expect(await trial.loss(NODES, fromMs)).toMatchObject({ lost: 0 });
  });
});

const bytesOf = (key: string) => Buffer.from(key, 'base64');
