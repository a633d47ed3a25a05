// Rotation without loss: five nodes with wrong clocks exchange packets on every pair over more than 40
// epochs, while agents are stopped, killed and cut off in turn. Plain tunnels between the same hosts, whose
// keys never change, are the comparison. The run is longer than the 180 s of a session, because different or
// missing keys lose nothing before a session ends.

import { AgentLog, type Lab, type Mesh, type Meter, startMeters, startStaticTunnels, until } from '@mesh/e2e';
import { quietWindows } from '../quiet-windows.ts';
import {
  addressesOf,
  inMesh,
  type Mechanism,
  type Scenario,
  type ScenarioResult,
  type ScenarioRun,
} from '../scenario.ts';
import { type Epoch, keyChanges } from './rotation/key-changes.ts';
import { compareKeys, handshakeAges, type KeyLook, readPairKeys } from './rotation/pair-keys.ts';
import { RotationTrials, summariseTrials, type Trial } from './rotation/trials.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof NODES)[number];
const EPOCH_MS = 5_000;
const LEAD_MS = EPOCH_MS / 4;
const EPOCHS = 44;
/** The claimed number of epochs. The run is longer, because it may begin in the middle of an epoch. */
const LEAST_EPOCHS = 40;
const LATE_MS = 2_000;
/**
 * ±2 s, and ten minutes. Two seconds alone could not show the purpose of the offset: without it, an end that
 * is 2 s late still catches up long before a handshake needs its key. But an agent that is ten minutes behind
 * and trusts its own clock never sets a key.
 */
const CLOCK_ERROR_MS: Partial<Record<Name, number>> = { b: 2_000, d: -2_000, e: -600_000 };
/** The keys of an epoch are read this long after it begins. By then both roles have set them. */
const LOOK_AFTER_MS = 1_500;
/** A session is renewed 120 s after its handshake; a pair that takes longer could not agree on a key. */
const RENEWED_WITHIN_SECONDS = 150;
const LATE_SET_MS = 1_000;
/** For claims about instants: timers of a busy machine are sometimes late. */
const NEARLY_ALL = 0.95;

const TRIALS: readonly Trial<Name>[] = [
  { name: 'c', state: 'stopped', over: 1 },
  { name: 'e', state: 'killed', over: 'lead' },
  { name: 'b', state: 'cut', over: 2 },
  { name: 'a', state: 'killed', over: 1 },
  { name: 'd', state: 'stopped', over: 2 },
  { name: 'b', state: 'killed', over: 'lead' },
  { name: 'e', state: 'cut', over: 3 },
];
const QUICK_TRIALS: readonly Trial<Name>[] = [{ name: 'c', state: 'stopped', over: 1 }];

const inAgents = (module: string, fault: string): Pick<Mechanism, 'agents'> => ({
  agents: [{ module: `apps/node-agent/src/${module}`, replacedBy: `e2e/faults/${fault}` }],
});

export const rotationScenario: Scenario = {
  about: 'keys change every epoch and no packet is lost beyond what untouched tunnels lose',
  mechanisms: {
    keys: {
      about: 'one end of each pair keeps the key that it began with: lost packets 180 s later',
      ...inAgents('plan/due-changes.ts', 'responders-keep-keys.ts'),
    },
    clock: {
      about: 'agents take their own clock for the controller’s: one that is far behind never sets a key',
      ...inAgents('clock/controller-clock.ts', 'offset-ignored.ts'),
    },
    // With in-place rotation, none of the next three can cause a loss alone: a pair's session survives a
    // wrong order within some 100 ms. So the run measures their direct effect: times, and the number of sets.
    order: {
      about: 'the responder of a pair sets its key at the same instant as the initiator',
      ...inAgents('plan/due-changes.ts', 'responders-at-once.ts'),
    },
    sets: {
      about: 'each pair changes at a different instant, so that a node sets keys more than twice per epoch',
      ...inAgents('plan/due-changes.ts', 'each-pair-alone.ts'),
    },
    lead: {
      about: 'an epoch is published when it begins, not ahead of it',
      controller: [
        { module: 'packages/membership/src/epochs/epoch-schedule.ts', replacedBy: 'e2e/faults/no-lead.ts' },
      ],
    },
  },
  run: (run) =>
    inMesh<Name, ScenarioResult>(
      run,
      NODES,
      {
        epochSeconds: EPOCH_MS / 1_000,
        benchmarkSeconds: 10,
        // Neither leases nor staleness are tested here: both outlast whatever is done to an agent.
        maxBenchmarkAgeSeconds: 900,
        clockErrorMs: CLOCK_ERROR_MS,
        agentSettings: Object.fromEntries(NODES.map((name) => [name, { log_level: 'debug' }])),
      },
      (mesh, lab) => rotate(run, mesh, lab),
    ),
};

async function rotate(
  run: ScenarioRun,
  mesh: Mesh<Name>,
  lab: Lab<Name | 'controller'>,
): Promise<ScenarioResult> {
  const { quick, say } = run;
  const epochs = quick ? 4 : EPOCHS;
  const control = await startStaticTunnels(lab, NODES, {
    interfaceName: 'ctl0',
    listenPort: 51_900,
    network: '10.89.0',
  });
  const [meshed, plain] = [
    await startMeters(lab, { addresses: addressesOf(mesh, NODES) }),
    await startMeters(lab, { addresses: control, port: 7_100 }),
  ];
  const silent = () => [...meshed.all, ...plain.all].filter((meter) => meter.arrivals().length === 0);
  await until('packets on every stream', 30_000, () => (silent().length === 0 ? true : undefined)).catch(
    () => undefined,
  );
  if (silent().length > 0) {
    const never = silent().map(({ from, to }) => `${from}→${to}`);
    await Promise.all([meshed.stop(), plain.stop()]);
    return { ok: false, measured: { never_carried_a_packet: never } };
  }

  const fromMs = Date.now();
  const firstMs = Math.ceil(fromMs / EPOCH_MS) * EPOCH_MS;
  const toMs = firstMs + (epochs - 1) * EPOCH_MS + LOOK_AFTER_MS + LATE_MS;
  say(
    `five nodes are in; ${epochs} epochs of ${EPOCH_MS / 1_000} s with clock errors ${JSON.stringify(CLOCK_ERROR_MS)} ms`,
  );
  const trials = new RotationTrials<Name>({
    mesh,
    lab,
    epochMs: EPOCH_MS,
    // No trial runs in the last epochs, so that every agent is back at the end.
    untilMs: quick ? firstMs + 1 : toMs - 7 * EPOCH_MS,
  });
  const looks: KeyLook[] = [];
  const look = async () => {
    for (let boundaryMs = firstMs; boundaryMs < toMs; boundaryMs += EPOCH_MS) {
      await until('an epoch', 2 * EPOCH_MS, () =>
        Date.now() >= boundaryMs + LOOK_AFTER_MS ? true : undefined,
      );
      const keys = await readPairKeys(mesh, lab, NODES);
      looks.push({ fromMs: boundaryMs, toMs: Date.now(), keys });
    }
  };
  await Promise.all([
    look(),
    trials.run(quick ? QUICK_TRIALS : TRIALS, ({ name, state, over, backMs, caughtUpMs }) =>
      say(
        `${Math.round((Date.now() - fromMs) / 1_000)} s: ${name} was ${state} (${over}) and caught up ${caughtUpMs === undefined ? 'never' : `after ${caughtUpMs - backMs} ms`}`,
      ),
    ),
  ]);
  await until('the end', toMs - Date.now() + 5_000, () => (Date.now() >= toMs ? true : undefined));
  const oldestSession = Math.round(Math.max(...(await handshakeAges(lab, NODES))));
  await until('the late packets', 2 * LATE_MS, () => (Date.now() > toMs + LATE_MS + 200 ? true : undefined));
  await Promise.all([meshed.stop(), plain.stop()]);

  const isCalm = (name: Name, window: { fromMs: number; toMs: number }) =>
    quietWindows(trials.disturbances, [name, name], { fromMs: 0, toMs: Number.POSITIVE_INFINITY }, 0).some(
      (quiet) => quiet.fromMs <= window.fromMs && quiet.toMs >= window.toMs,
    );
  const opened = await epochsIn(mesh, fromMs, toMs - LATE_MS);
  const lines = new Map(NODES.map((name) => [name, new AgentLog(mesh, name).lines()]));
  const changes = keyChanges<Name>({
    epochs: opened,
    lines,
    pairs: await pairsByRole(mesh),
    isCalm: (name, { activateAtMs }) =>
      isCalm(name, { fromMs: activateAtMs - 2 * LEAD_MS, toMs: activateAtMs + LEAD_MS }),
  });
  const keys = compareKeys<Name>(looks, EPOCH_MS, isCalm);
  const [rotating, untouched] = [count(meshed.all, fromMs, toMs), count(plain.all, fromMs, toMs)];
  const tried = summariseTrials(trials.results, lines);
  const claims = {
    nothing_lost:
      rotating.sent > 0 && rotating.lost + rotating.send_errors <= untouched.lost + untouched.send_errors,
    same_keys_at_both_ends: keys.pairs > 0 && keys.differing === 0,
    other_keys_each_epoch: keys.repeated === 0,
    at_most_two_sets: changes.sets_a_node_and_epoch <= 2 && changes.not_set === 0,
    in_order: changes.apart_ms.in_order >= NEARLY_ALL,
    ahead_of_the_boundary: changes.ahead_ms.in_time >= NEARLY_ALL,
    caught_up: trials.results.every(({ caughtUpMs }) => caughtUpMs !== undefined),
    enough_epochs: quick || opened.length >= LEAST_EPOCHS,
    late_ones_set_at_once: tried.late_set_ms === null ? quick : tried.late_set_ms < LATE_SET_MS,
    tried_within_the_lead: quick || tried.killed_within_lead > 0,
    sessions_renewed: quick || oldestSession < RENEWED_WITHIN_SECONDS,
  };
  return {
    ok: Object.values(claims).every(Boolean),
    measured: {
      claims,
      nodes: NODES.length,
      streams: meshed.all.length,
      seconds: Math.round((toMs - fromMs) / 1_000),
      epochs: opened.length,
      rotating,
      untouched,
      keys,
      ...changes,
      trials: tried,
      oldest_session_s: oldestSession,
    },
  };
}

/** Epochs that came into force in this time. */
async function epochsIn(mesh: Mesh<Name>, fromMs: number, toMs: number): Promise<Epoch[]> {
  return (await mesh.log())
    .filter(({ entry }) => entry.type === 'epoch_opened')
    .map(({ entry }) => ({
      epochId: Number(entry.epoch_id),
      activateAtMs: Date.parse((entry.data as { activate_at: string }).activate_at),
    }))
    .filter(({ activateAtMs }) => activateAtMs > fromMs && activateAtMs <= toMs);
}

/** The end with the higher public key changes first. */
async function pairsByRole(mesh: Mesh<Name>): Promise<[Name, Name][]> {
  const keys = await Promise.all(
    NODES.map(async (name) => Buffer.from((await mesh.admin.node(name)).wg_public_keys.a, 'base64')),
  );
  const order = NODES.map((name, at) => ({ name, key: keys[at] ?? Buffer.alloc(0) })).sort((one, other) =>
    Buffer.compare(other.key, one.key),
  );
  return order.flatMap(({ name }, at) =>
    order.slice(at + 1).map((lower): [Name, Name] => [name, lower.name]),
  );
}

function count(meters: readonly Meter[], fromMs: number, toMs: number) {
  const windows = meters.map((meter) => meter.window(fromMs, toMs));
  const sum = (of: (window: (typeof windows)[number]) => number) =>
    windows.reduce((total, window) => total + of(window), 0);
  return {
    sent: sum((window) => window.sent),
    lost: sum((window) => window.lost),
    late: sum((window) => window.late),
    send_errors: sum((window) => window.sendErrors),
    longest_gap_ms: Math.round(Math.max(...windows.map((window) => window.longestGapMs ?? 0))),
  };
}
