// An agent is killed right after an epoch was published and is back before that epoch begins. It needs the
// keys of the epoch that is still in force. One such agent has also lost its interface, and has only the keys
// that the controller gives it.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type CurrentWithheld, currentWithheld } from '../faults/current-withheld.ts';
import { until } from '../lab/index.ts';
import { INTERFACE, openTrial, type Trial, untilMs, wireguardGoOf } from './support/trial.ts';

const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
/** The shortest epoch with the longest possible lead: 5 s. */
const EPOCH_MS = 20_000;
const LEAD_MS = 5_000;
/** The roles change 200 ms apart; the rest is for a busy machine. */
const CHANGED_WITHIN_MS = 2_000;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 });

let trial: Trial<Name>;
let withheld: CurrentWithheld;

beforeAll(async () => {
  trial = await openTrial<Name>({
    prefix: 'leadre',
    subnet: '10.95.0.0/24',
    names: NODES,
    settings: (workDir) => {
      withheld = currentWithheld(join(workDir, 'current-is-withheld'));
      return { epochSeconds: EPOCH_MS / 1_000, faults: { controller: [withheld.fault] } };
    },
  });
});

afterAll(() => trial?.close());

interface Published {
  readonly id: number;
  readonly activateAtMs: number;
}

/** Resolves right after the next epoch was published. */
async function nextPublished(): Promise<Published> {
  const { mesh } = trial;
  const { size } = await mesh.admin.log({ limit: 1 });
  return until('the next epoch is published', 2 * EPOCH_MS, async () => {
    const opened = (await mesh.log(size)).find(({ entry }) => entry.type === 'epoch_opened')?.entry;
    if (opened === undefined) return undefined;
    const { activate_at: activateAt } = opened.data as { activate_at: string };
    return { id: Number(opened.epoch_id), activateAtMs: Date.parse(activateAt) };
  });
}

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

/** Resolves when the agent that runs now has received a config of this epoch. */
const untilConfigured = (name: Name, { id, activateAtMs }: Published) =>
  until(`${name} is given a config before the boundary`, activateAtMs - Date.now(), async () =>
    (await trial.status(name)).config_version?.startsWith(`${id}.`) ? true : undefined,
  );

it('gets the keys in force: its pairs are up again before the boundary, and no other pair notices', async () => {
  const { mesh } = trial;
  const inForce = await keysOfPairs();
  expect(inForce).not.toContain(undefined);
  const next = await nextPublished();
  const lostMs = Date.now();
  await Promise.all([mesh.node('a').agent.kill(), mesh.node('b').agent.kill()]);
  await takeInterfaceFrom('a');
  await Promise.all([mesh.node('a').restartAgent(), mesh.node('b').restartAgent()]);
  await Promise.all([untilConfigured('a', next), untilConfigured('b', next)]);
  const keys = await until('both ends of every pair hold a key', next.activateAtMs - Date.now(), async () => {
    const held = await keysOfPairs();
    return held.includes(undefined) ? undefined : held;
  });
  expect(keys).toEqual(inForce);
  const flowingMs = await trial.untilFlowing(NODES, Date.now(), next.activateAtMs - Date.now());
  // Nothing has changed so far, and this is before the boundary.
  expect(await keysOfPairs()).toEqual(inForce);
  expect(lostMs).toBeGreaterThan(next.activateAtMs - LEAD_MS);
  expect(Date.now()).toBeLessThan(next.activateAtMs);

  await untilMs('the boundary', next.activateAtMs);
  const changed = await Promise.all(
    PAIRS.map(([one, other], at) => trial.untilSameKey(one, other, inForce[at], CHANGED_WITHIN_MS)),
  );
  expect(new Set(changed).size).toBe(PAIRS.length);
  await untilMs('packets under the new keys', next.activateAtMs + CHANGED_WITHIN_MS);
  // Its interface stayed when its agent was killed, so neither the kill nor the boundary lost a packet.
  const untouched = await trial.loss(['b', 'c'], lostMs);
  expect(untouched).toMatchObject({ lost: 0 });
  expect(untouched.sent).toBeGreaterThan(500);
  expect(await trial.loss(NODES, flowingMs)).toMatchObject({ lost: 0 });
});

it('has no peer before the boundary if the controller gives it only the coming keys', async () => {
  const { mesh } = trial;
  const next = await nextPublished();
  withheld.begin();
  await mesh.node('a').agent.kill();
  await takeInterfaceFrom('a');
  await mesh.node('a').restartAgent();
  await untilConfigured('a', next);
  await untilMs('nearly the boundary', next.activateAtMs - 300);
  const peers = await trial.keys('a');
  expect(Date.now()).toBeLessThan(next.activateAtMs);
  expect([...peers.values()]).toEqual([]);
  await trial.untilSameKey('a', 'c', undefined, 2 * CHANGED_WITHIN_MS);
  withheld.end();
});
