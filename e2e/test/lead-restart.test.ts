// An agent is killed right after an epoch was published and is back before that epoch begins. It needs the
// keys of the epoch that is still in force. One such agent has also lost its interface, and has only the keys
// that the controller gives it.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CurrentWithheld, currentWithheld } from '../faults/current-withheld.ts';
import type { Fault } from '../faults/faults.ts';
import { until } from '../lab/index.ts';
import { INTERFACE, openTrial, type Trial, wireguardGoOf } from './support/trial.ts';

const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
/** A long one: the tests open epochs themselves. Its lead is a third of it here. */
const EPOCH_SECONDS = 60;
/**
 * What an agent should have left of the lead when it is back. A busy machine needs several tries for that.
 */
const LEFT_MS = 2_000;
/** How far off an agent's idea of the controller's clock may be. */
const EARLY_MS = 50;

const WAITED_MS = 60_000;

/** A slow machine takes longer to start an agent than the usual lead. */
const LONG_LEAD: Fault = {
  module: 'packages/membership/src/epochs/epoch-schedule.ts',
  replacedBy: 'e2e/faults/long-lead.ts',
};

let trial: Trial<Name>;
let withheld: CurrentWithheld;

beforeAll(async () => {
  trial = await openTrial<Name>({
    prefix: 'leadre',
    subnet: '10.95.0.0/24',
    names: NODES,
    rotate: true,
    settings: (workDir) => {
      withheld = currentWithheld(join(workDir, 'current-is-withheld'));
      return {
        epochSeconds: EPOCH_SECONDS,
        services: [],
        faults: { controller: [withheld.fault, LONG_LEAD] },
      };
    },
  });
});

afterAll(() => trial?.close());

interface Published {
  readonly id: number;
  readonly activateAtMs: number;
}

/** Opens an epoch. Resolves right after it was published. */
const publish = (): Promise<Published> =>
  until('an epoch is published', WAITED_MS, async () => {
    const { admin, log } = trial.mesh;
    const { size } = await admin.log({ limit: 1 });
    await admin.rotate(); // while one is pending, this opens none
    const opened = (await log(size)).find(({ entry }) => entry.type === 'epoch_opened')?.entry;
    if (opened === undefined) return undefined;
    const { activate_at: activateAt } = opened.data as { activate_at: string };
    return { id: Number(opened.epoch_id), activateAtMs: Date.parse(activateAt) };
  });

const PAIRS = [
  ['a', 'b'],
  ['a', 'c'],
  ['b', 'c'],
] as const;

/** Each pair's preshared key, if both its ends show the same one. */
async function keysOfPairs(): Promise<(string | undefined)[]> {
  const [publicKeys, shown] = [
    Object.fromEntries(await Promise.all(NODES.map(async (name) => [name, await trial.publicKey(name)]))),
    Object.fromEntries(await Promise.all(NODES.map(async (name) => [name, await trial.keys(name)]))),
  ];
  return PAIRS.map(([one, other]) => {
    const psk = shown[one].get(publicKeys[other]);
    return psk === shown[other].get(publicKeys[one]) ? psk : undefined;
  });
}

async function takeInterfaceFrom(name: Name): Promise<void> {
  const host = trial.lab.node(name);
  wireguardGoOf(host);
  await host.exec('ip', ['link', 'delete', INTERFACE]);
}

/** Resolves when both ends of every pair hold one key. */
const untilAgreed = () =>
  until('both ends of every pair hold a key', WAITED_MS, async () => {
    const held = await keysOfPairs();
    return held.includes(undefined) ? undefined : held;
  });

interface Restarted {
  readonly next: Published;
  /** The keys before. */
  readonly inForce: readonly (string | undefined)[];
  readonly lostMs: number;
}

/**
 * Publishes an epoch and starts these agents again after they were killed; `a` has also lost its interface.
 * Does that again with another epoch until they have their configs well before the boundary.
 */
async function restartWithinLead(names: readonly Name[]): Promise<Restarted> {
  const { mesh } = trial;
  for (;;) {
    const inForce = await untilAgreed();
    const next = await publish();
    const lostMs = Date.now();
    await Promise.all(names.map((name) => mesh.node(name).agent.kill()));
    await takeInterfaceFrom('a');
    await Promise.all(names.map((name) => mesh.node(name).restartAgent()));
    const configuredMs = await Promise.all(names.map((name) => untilConfigured(name, next, lostMs)));
    if (Math.max(...configuredMs) < next.activateAtMs - LEFT_MS) return { next, inForce, lostMs };
    await trial.untilFlowing(NODES, next.activateAtMs);
  }
}

/**
 * Resolves with the time at which the agent, started after `sinceMs`, had a config of this epoch, or of a
 * later one if it came back too late for this one.
 */
const untilConfigured = (name: Name, { id }: Published, sinceMs: number) =>
  until(`${name} is given a config`, WAITED_MS, async () => {
    const { events } = await trial.status(name);
    return events.find(
      ({ event, atMs }) =>
        event.type === 'config_applied' &&
        atMs >= sinceMs &&
        Number.parseInt(String(event.version), 10) >= id,
    )?.atMs;
  });

it('gets the keys in force: its pairs are up again before the boundary, and no other pair notices', async () => {
  const { next, inForce, lostMs } = await restartWithinLead(['a', 'b']);
  expect(await untilAgreed()).toEqual(inForce);
  const flowingMs = await trial.untilFlowing(NODES, Date.now(), next.activateAtMs - Date.now());
  // Nothing has changed so far, and this is before the boundary.
  expect(await keysOfPairs()).toEqual(inForce);
  expect(Date.now()).toBeLessThan(next.activateAtMs);

  const changed = await Promise.all(
    PAIRS.map(([one, other], at) => trial.untilSameKey(one, other, inForce[at], WAITED_MS)),
  );
  expect(Date.now()).toBeGreaterThanOrEqual(next.activateAtMs - EARLY_MS);
  expect(new Set(changed).size).toBe(PAIRS.length);
  await trial.untilFlowing(NODES, Date.now());
  // Its interface stayed when its agent was killed, so neither the kill nor the boundary lost a packet.
  const untouched = await trial.loss(['b', 'c'], lostMs);
  expect(untouched).toMatchObject({ lost: 0 });
  expect(untouched.sent).toBeGreaterThan(100);
  expect(await trial.loss(NODES, flowingMs)).toMatchObject({ lost: 0 });
});

it('has no peer before the boundary if the controller gives it only the coming keys', async () => {
  withheld.begin();
  const { next, lostMs } = await restartWithinLead(['a']);
  await trial.untilSameKey('a', 'c', undefined, WAITED_MS);
  withheld.end();
  const { events } = await trial.status('a');
  const added = events.filter(({ event, atMs }) => event.type === 'peer_added' && atMs >= lostMs);
  expect(added.length).toBeGreaterThan(0);
  for (const { atMs } of added) expect(atMs).toBeGreaterThanOrEqual(next.activateAtMs - EARLY_MS);
});
