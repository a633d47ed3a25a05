// Strict rotation while agents are lost over a boundary: killed, stopped, or cut off from the controller,
// long before their leases end. Their own slots stay as they are. The other ends flush theirs, and that ends
// the session: what a lost node still sends arrives nowhere, and nobody sends it anything more. Then the
// agents come back, and packets flow again without help.

import { sessionsBeyond, startMeters, watchSessions } from '@mesh/e2e';
import { addressesOf, inMesh, type ScenarioResult, type ScenarioRun } from '../../scenario.ts';
import { lastArrivalMs, lossIn, untilFlowing, untilMs } from '../../traffic.ts';

/** Every other node exchanges packets with `hub`. */
const NODES = ['hub', 'bystander', 'killed', 'stopped', 'cut'] as const;
type Name = (typeof NODES)[number];
const OTHERS = NODES.filter((name) => name !== 'hub');
const LOST = ['killed', 'stopped', 'cut'] as const;
const EPOCH_MS = 12_000;
/** After a boundary: the previous epoch's slot is empty, and the next epoch is not published yet. */
const SETTLED_MS = 2_500;
const GRACE_MS = 2_000;
const MARGIN_MS = 250;
const LOOKED_MS = 6_000;

export function loseAgents(run: ScenarioRun): Promise<ScenarioResult> {
  return inMesh<Name, ScenarioResult>(
    run,
    NODES,
    {
      epochSeconds: EPOCH_MS / 1_000,
      benchmarkSeconds: 6,
      maxBenchmarkAgeSeconds: 900,
      controllerSettings: { rotation: 'strict' },
    },
    async (mesh, lab) => {
      const meters = await startMeters(lab, {
        addresses: addressesOf(mesh, NODES),
        pairs: OTHERS.flatMap((name) => [['hub', name] as const, [name, 'hub'] as const]),
      });
      const streams = (name: Name) => [meters.between('hub', name), meters.between(name, 'hub')];
      await untilFlowing('every pair', meters.all);
      const watch = await watchSessions(lab);
      await untilMs('an epoch of its own', nextBoundaryMs() + SETTLED_MS);
      await untilFlowing('every pair', meters.all);

      const startMs = Date.now();
      await mesh.node('killed').agent.kill();
      mesh.node('stopped').agent.signal('SIGSTOP');
      await lab.cut('cut', { from: 'controller' });
      const boundaryMs = nextBoundaryMs();
      run.say(`lost ${boundaryMs - Date.now()} ms before the boundary`);
      await untilMs('the boundary and what comes after it', boundaryMs + LOOKED_MS);
      const lastPacketMs = Object.fromEntries(
        LOST.map((name) => [name, Math.round(lastArrivalMs(streams(name)) - boundaryMs)]),
      );
      const lostAddresses = new Set(LOST.map((name) => lab.node(name).address));
      const { carriers, surviving } = sessionsBeyond(
        watch.sightings().filter(({ from, to }) => from === lab.node('hub').address && lostAddresses.has(to)),
        {
          fromMs: startMs - EPOCH_MS / 4,
          boundaryMs,
          toMs: boundaryMs + LOOKED_MS,
          graceMs: GRACE_MS,
          marginMs: MARGIN_MS,
        },
      );
      run.say(`last packets ${JSON.stringify(lastPacketMs)} ms after the boundary; all come back`);

      const returnedMs = Date.now();
      mesh.node('stopped').agent.signal('SIGCONT');
      await lab.heal('cut', { from: 'controller' });
      await mesh.node('killed').restartAgent();
      const backAfterMs = Object.fromEntries(
        await Promise.all(
          LOST.map(async (name) => {
            await untilFlowing(name, streams(name));
            return [name, Date.now() - returnedMs] as const;
          }),
        ),
      );
      const bystander = await lossIn(streams('bystander'), startMs, Date.now());
      await Promise.all([meters.stop(), watch.stop()]);
      const diedInTime = Object.values(lastPacketMs).every((ms) => ms > -GRACE_MS && ms <= GRACE_MS);
      return {
        ok:
          diedInTime &&
          carriers >= LOST.length &&
          surviving.length === 0 &&
          bystander.sent > 0 &&
          bystander.lost === 0,
        measured: {
          epoch_ms: EPOCH_MS,
          boundary_after_ms: boundaryMs - startMs,
          last_packet_after_boundary_ms: lastPacketMs,
          sessions_before: carriers,
          still_used_after_2_s: surviving.length,
          back_after_ms: backAfterMs,
          bystander,
        },
      };
    },
  );
}

function nextBoundaryMs(): number {
  return Math.ceil(Date.now() / EPOCH_MS) * EPOCH_MS;
}
