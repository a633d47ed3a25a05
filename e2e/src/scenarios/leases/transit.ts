// A node that cannot reach another one sends its packets through a third that is a peer of both. The third
// host does everything to help: it forwards, and rewrites the sender's address to its own, because the far
// end accepts nothing else from it. Only the guard's rule against forwarding stands in the way.

import { type Lab, type Mesh, SPARSE_RATE, startMeters } from '@mesh/e2e';
import { addressesOf, inMesh, type ScenarioResult, type ScenarioRun } from '../../scenario.ts';
import { lastArrivalMs, untilFlowing, untilMs } from '../../traffic.ts';

const NODES = ['carrier', 'outcast', 'target'] as const;
type Name = (typeof NODES)[number];
const TRIED_MS = 5_000;
const QUICKLY_MS = 2_000;

export function tryTransit(run: ScenarioRun): Promise<ScenarioResult> {
  return inMesh<Name, ScenarioResult>(
    run,
    NODES,
    {
      epochSeconds: 4,
      benchmarkSeconds: 10,
      services: [],
      agentSettings: { outcast: { guard: { mode: 'insecure-off' } } },
    },
    async (mesh, lab) => {
      const meters = await startMeters(lab, {
        addresses: addressesOf(mesh, NODES),
        ...(run.quick && { rate: SPARSE_RATE }),
      });
      const tried = meters.between('outcast', 'target');
      await untilFlowing('every pair', meters.all);

      await lab.cut('outcast', { from: 'target' });
      const cutMs = Date.now();
      await untilMs('the path between the two to be silent', cutMs + 500);
      const silent = tried.arrivals().at(-1)?.atMs ?? 0;
      await openTransit(mesh, lab);
      const openedMs = Date.now();
      await untilMs('the attempt', openedMs + (run.quick ? QUICKLY_MS : TRIED_MS));
      const { sent } = tried.window(openedMs, Date.now());
      const arrived = tried.arrivals().filter(({ sentAtMs }) => sentAtMs >= openedMs).length;
      const isDropped = await dropsOfGuard(lab);
      const stillUp = [meters.between('outcast', 'carrier'), meters.between('carrier', 'target')].every(
        (stream) => lastArrivalMs([stream]) > Date.now() - 500,
      );
      await meters.stop();
      run.say(`${arrived} of ${sent} packets came through the third node`);
      return {
        ok: sent > 0 && arrived === 0 && stillUp && silent < openedMs,
        measured: { sent_through_a_third_node: sent, arrived, both_its_own_pairs_up: stillUp, ...isDropped },
      };
    },
  );
}

/** Everything that the outcast and the carrier's host can do; the outcast's agent no longer corrects it. */
async function openTransit(mesh: Mesh<Name>, lab: Lab<Name | 'controller'>): Promise<void> {
  const [carrier, outcast] = [lab.node('carrier'), lab.node('outcast')];
  mesh.node('outcast').agent.signal('SIGSTOP');
  const { a: throughKey } = (await mesh.admin.node('carrier')).wg_public_keys;
  const allowed = [mesh.node('carrier'), mesh.node('target')].map(({ address }) => `${address}/32`).join();
  await outcast.exec('wg', ['set', 'lab0', 'peer', throughKey, 'allowed-ips', allowed]);
  await carrier.exec('sysctl', ['-qw', 'net.ipv4.ip_forward=1']);
  await carrier.exec('nft', ['-f', '-'], {
    input: `table ip helpful {
  chain out {
    type filter hook postrouting priority 0;
    ip saddr ${mesh.node('outcast').address} ip saddr set ${mesh.node('carrier').address}
  }
  chain through {
    type filter hook forward priority -10;
    ip saddr ${mesh.node('outcast').address} counter
  }
}
`,
  });
}

/** Shows that the packets arrived to be forwarded: counted before the guard. */
async function dropsOfGuard(lab: Lab<Name | 'controller'>): Promise<{ readonly asked_to_forward: number }> {
  const { stdout } = await lab.node('carrier').exec('nft', ['list', 'chain', 'ip', 'helpful', 'through']);
  return { asked_to_forward: Number(/packets (\d+)/.exec(stdout)?.[1] ?? 0) };
}
