// Leases, kept whatever becomes of the agent: killed, stopped, or cut off from the controller, while the underlay
// between the nodes stays whole. Packets decide. One node whose guard is off shows what the guard is for, and one that
// nothing happens to shows that nobody else notices. In a mesh of its own an agent is killed and started again, and goes
// down.

import { join } from 'node:path';
import { type LabNode, type MeshNode, startMeters, until } from '@mesh/e2e';
import { createSocketFetch } from '@mesh/host';
import { addressesOf, inMesh, type Scenario, type ScenarioResult, type ScenarioRun } from '../scenario.ts';

/** Everybody's packets are exchanged with `hub`. */
const NODES = ['hub', 'killed', 'stopped', 'unguarded', 'cut', 'held', 'bystander'] as const;
type Name = (typeof NODES)[number];
const LEASE_SECONDS = 12;
const HOLD_SECONDS = 8;
const LEASE_MS = LEASE_SECONDS * 1_000;
const TOLERANCE_MS = 1_000;
const LATE_MS = 2_000;
/** Several answers a lease, as with the defaults. */
const PROMPT = { wait_seconds: 3 };
const AGENT = join(import.meta.dirname, '../../../apps/node-agent/src/main.ts');

export const leasesScenario: Scenario = {
  about: 'the overlay of a killed, stopped or cut-off agent closes when its lease ends, and of nobody else',
  mechanisms: {},
  run: async (run) => {
    const lost = await loseAgents(run);
    run.say('the agent of a healthy node is killed and started again, and goes down');
    const restarted = await restartAgent(run);
    return {
      ok: lost.ok && restarted.ok,
      measured: { ...lost.measured, restart: restarted.measured },
    };
  },
};

function loseAgents(run: ScenarioRun): Promise<ScenarioResult> {
  return inMesh<Name, ScenarioResult>(
    run,
    NODES,
    {
      epochSeconds: 5,
      benchmarkSeconds: 10,
      // Staleness would close what only leases are to close.
      maxBenchmarkAgeSeconds: 900,
      leaseSeconds: LEASE_SECONDS,
      agentSettings: {
        ...Object.fromEntries(NODES.map((name) => [name, PROMPT])),
        unguarded: { ...PROMPT, guard: { mode: 'insecure-off' } },
        held: { ...PROMPT, on_controller_loss: 'hold', hold_seconds: HOLD_SECONDS },
      },
    },
    async (mesh, lab) => {
      const { say } = run;
      const others = NODES.filter((name) => name !== 'hub');
      const meters = await startMeters(lab, {
        addresses: addressesOf(mesh, NODES),
        pairs: others.flatMap((name) => [['hub', name] as const, [name, 'hub'] as const]),
      });
      const lastMs = (name: Name) =>
        Math.max(
          ...meters.all
            .filter(({ from, to }) => from === name || to === name)
            .map((meter) => meter.arrivals().at(-1)?.atMs ?? 0),
        );
      const untilFlowing = (name: Name, timeoutMs = 90_000) =>
        until(`${name} flows`, timeoutMs, () =>
          [meters.between('hub', name), meters.between(name, 'hub')].every(
            (meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > Date.now() - 200,
          )
            ? true
            : undefined,
        );
      const untilMs = (what: string, atMs: number) =>
        until(what, Math.max(0, atMs - Date.now()) + 5_000, () => (Date.now() > atMs ? true : undefined));

      await Promise.all(others.map((name) => untilFlowing(name)));
      const startMs = Date.now();
      await Promise.all([mesh.node('killed').agent.kill(), mesh.node('unguarded').agent.kill()]);
      mesh.node('stopped').agent.signal('SIGSTOP');
      for (const name of ['cut', 'held'] as const) await lab.cut(name, { from: 'controller' });
      const lostMs = Date.now();
      say(`lost at once; leases end within ${LEASE_SECONDS} s`);
      await untilMs('all leases to end', lostMs + LEASE_MS + TOLERANCE_MS + 500);
      const closedAfterMs = Object.fromEntries(
        (['killed', 'stopped', 'cut'] as const).map((name) => [name, Math.round(lastMs(name) - lostMs)]),
      );
      const stillOpen = Object.fromEntries(
        (['unguarded', 'held', 'bystander'] as const).map((name) => [name, lastMs(name) > Date.now() - 500]),
      );
      say(`closed after ${JSON.stringify(closedAfterMs)} ms; open ${JSON.stringify(stillOpen)}`);
      await untilMs('what is held to end', lostMs + LEASE_MS + HOLD_SECONDS * 1_000 + TOLERANCE_MS + 500);
      const heldForMs = Math.round(lastMs('held') - lostMs);
      const openAtTheEnd = lastMs('unguarded') > Date.now() - 500;

      say('all come back');
      mesh.node('stopped').agent.signal('SIGCONT');
      for (const name of ['cut', 'held'] as const) await lab.heal(name, { from: 'controller' });
      await Promise.all([mesh.node('killed').restartAgent(), mesh.node('unguarded').restartAgent()]);
      await Promise.all(others.map((name) => untilFlowing(name)));

      const toMs = Date.now();
      await untilMs('the late packets', toMs + LATE_MS + 200);
      const bystander = [meters.between('hub', 'bystander'), meters.between('bystander', 'hub')].map(
        (meter) => meter.window(startMs, toMs),
      );
      await meters.stop();
      const lost = bystander.reduce((sum, window) => sum + window.lost + window.sendErrors, 0);
      const leaseHeld = (ms: number) => ms > 0 && ms <= LEASE_MS + TOLERANCE_MS;
      const ok =
        Object.values(closedAfterMs).every(leaseHeld) &&
        Object.values(stillOpen).every(Boolean) &&
        openAtTheEnd &&
        heldForMs > LEASE_MS &&
        heldForMs <= LEASE_MS + HOLD_SECONDS * 1_000 + TOLERANCE_MS &&
        lost === 0;
      return {
        ok,
        measured: {
          lease_ms: LEASE_MS,
          last_packet_after_ms: { ...closedAfterMs, held: heldForMs },
          open_after_the_lease: stillOpen,
          unguarded_still_open_at_the_end: openAtTheEnd,
          bystander_sent: bystander.reduce((sum, window) => sum + window.sent, 0),
          bystander_lost: lost,
        },
      };
    },
  );
}

const PAIR = ['one', 'other'] as const;
type PairName = (typeof PAIR)[number];
const RESTARTS = 3;

/** Restarts within the lease lose no packet, and `down` leaves nothing. */
function restartAgent(run: ScenarioRun): Promise<ScenarioResult> {
  return inMesh<PairName, ScenarioResult>(
    run,
    PAIR,
    { epochSeconds: 5, benchmarkSeconds: 10, maxBenchmarkAgeSeconds: 900, leaseSeconds: 60 },
    async (mesh, lab) => {
      const node = mesh.node('one');
      await lab.node('one').exec('nft', ['add', 'table', 'inet', 'operators']);
      const meters = await startMeters(lab, { addresses: addressesOf(mesh, PAIR) });
      await until('packets both ways', 60_000, () =>
        meters.all.every((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > Date.now() - 200)
          ? true
          : undefined,
      );
      const fromMs = Date.now();
      for (let restart = 0; restart < RESTARTS; restart++) {
        await node.agent.kill();
        await node.restartAgent();
        await until('the guard is taken over', 60_000, async () =>
          (await guardOf(node)) === 'applied' ? true : undefined,
        );
      }
      const toMs = Date.now();
      await until('the late packets', 2 * LATE_MS, () =>
        Date.now() > toMs + LATE_MS + 200 ? true : undefined,
      );
      const windows = meters.all.map((meter) => meter.window(fromMs, toMs));
      await meters.stop();
      const sent = windows.reduce((sum, window) => sum + window.sent, 0);
      const lost = windows.reduce((sum, window) => sum + window.lost + window.sendErrors, 0);
      const left = await leftAfterDown(node, lab.node('one'));
      return {
        ok: sent > 0 && lost === 0 && left.length === 0,
        measured: { restarts: RESTARTS, sent, lost, left_after_down: left },
      };
    },
  );
}

/** What the guard of a node's agent says of itself. */
async function guardOf({ stateDir }: MeshNode): Promise<unknown> {
  const fetch = createSocketFetch(join(stateDir, 'control.sock'), { maxSockets: 1 });
  try {
    const status = (await (await fetch('http://agent/v1/status')).json()) as { guard?: { state?: string } };
    return status.guard?.state;
  } finally {
    fetch.close();
  }
}

/** What `mesh-agent down` leaves behind that was not there before it came: nothing, and nothing else is gone. */
async function leftAfterDown(node: MeshNode, host: LabNode): Promise<string[]> {
  await host.exec(process.execPath, [
    '--conditions=@mesh/source',
    AGENT,
    'down',
    '--config',
    node.configFile,
  ]);
  await node.agent.exited;
  const [tables, links, sockets] = await Promise.all([
    host.exec('nft', ['list', 'tables']),
    host.exec('ip', ['-brief', 'link']),
    host.exec('ls', ['/run/wireguard']),
  ]);
  const lines = ({ stdout }: { stdout: string }) => stdout.split('\n').filter((line) => line !== '');
  return [
    ...lines(tables).filter((line) => line !== 'table inet operators'),
    ...(lines(tables).includes('table inet operators') ? [] : ['the operators’ table is gone']),
    ...lines(links).filter((line) => !/^(lo|eth0@)/.test(line)),
    ...lines(sockets),
  ];
}
