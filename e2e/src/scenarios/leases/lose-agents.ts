// Agents killed, stopped, or cut off from the controller, while the underlay between the nodes stays whole.
// Packets decide. A node without a guard whose agent is killed shows what the guard is for. A node without a
// guard that is cut off shows the agent's own end of the lease. A node that nothing happens to shows that the
// others notice nothing.

import { startMeters } from '@mesh/e2e';
import { addressesOf, inMesh, type ScenarioResult, type ScenarioRun } from '../../scenario.ts';
import { lastArrivalMs, lossIn, untilFlowing, untilMs } from '../../traffic.ts';

/** Every other node exchanges packets with `hub`. */
const NODES = ['hub', 'killed', 'stopped', 'unguarded', 'cut', 'cut-bare', 'held', 'bystander'] as const;
type Name = (typeof NODES)[number];
const OTHERS = NODES.filter((name) => name !== 'hub');
const CLOSED = ['killed', 'stopped', 'cut', 'cut-bare'] as const;
const OPEN = ['unguarded', 'held', 'bystander'] as const;
const CUT_OFF = ['cut', 'cut-bare', 'held'] as const;
const HOLD_SECONDS = 8;
const TOLERANCE_MS = 1_000;
const BARE = { guard: { mode: 'insecure-off' } };

export function loseAgents(run: ScenarioRun): Promise<ScenarioResult> {
  const leaseSeconds = run.quick ? 6 : 12;
  const leaseMs = leaseSeconds * 1_000;
  return inMesh<Name, ScenarioResult>(
    run,
    NODES,
    {
      epochSeconds: 5,
      benchmarkSeconds: 10,
      // Otherwise staleness would close tunnels that only leases should close.
      maxBenchmarkAgeSeconds: 900,
      leaseSeconds,
      agentSettings: {
        unguarded: BARE,
        'cut-bare': BARE,
        held: { on_controller_loss: 'hold', hold_seconds: HOLD_SECONDS },
      },
    },
    async (mesh, lab) => {
      const { say, quick } = run;
      const meters = await startMeters(lab, {
        addresses: addressesOf(mesh, NODES),
        pairs: OTHERS.flatMap((name) => [['hub', name] as const, [name, 'hub'] as const]),
      });
      const streams = (name: Name) => [meters.between('hub', name), meters.between(name, 'hub')];
      await Promise.all(OTHERS.map((name) => untilFlowing(name, streams(name))));
      const startMs = Date.now();
      await Promise.all([mesh.node('killed').agent.kill(), mesh.node('unguarded').agent.kill()]);
      mesh.node('stopped').agent.signal('SIGSTOP');
      for (const name of CUT_OFF) await lab.cut(name, { from: 'controller' });
      const lostMs = Date.now();
      say(`lost at once; leases end within ${leaseSeconds} s`);
      await untilMs('all leases to end', lostMs + leaseMs + TOLERANCE_MS + 500);
      const afterMs = (name: Name) => Math.round(lastArrivalMs(streams(name)) - lostMs);
      const isOpen = (name: Name) => lastArrivalMs(streams(name)) > Date.now() - 500;
      const closedAfterMs = Object.fromEntries(CLOSED.map((name) => [name, afterMs(name)]));
      const stillOpen = Object.fromEntries(OPEN.map((name) => [name, isOpen(name)]));
      say(`closed after ${JSON.stringify(closedAfterMs)} ms; open ${JSON.stringify(stillOpen)}`);
      const leaseHeld = (ms: number) => ms > 0 && ms <= leaseMs + TOLERANCE_MS;
      const closedInTime = Object.values(closedAfterMs).every(leaseHeld);
      const openAsMeant = Object.values(stillOpen).every(Boolean);
      const atLeaseEnd = {
        lease_ms: leaseMs,
        last_packet_after_ms: closedAfterMs,
        open_after_the_lease: stillOpen,
      };
      if (quick) {
        const bystander = await lossIn(streams('bystander'), startMs, Date.now());
        await meters.stop();
        return { ok: closedInTime && openAsMeant && bystander.lost === 0, measured: atLeaseEnd };
      }

      await untilMs('what is held to end', lostMs + leaseMs + HOLD_SECONDS * 1_000 + TOLERANCE_MS + 500);
      const heldForMs = afterMs('held');
      const openAtTheEnd = isOpen('unguarded');
      say('all come back');
      mesh.node('stopped').agent.signal('SIGCONT');
      for (const name of CUT_OFF) await lab.heal(name, { from: 'controller' });
      await Promise.all([mesh.node('killed').restartAgent(), mesh.node('unguarded').restartAgent()]);
      await Promise.all(OTHERS.map((name) => untilFlowing(name, streams(name))));
      const bystander = await lossIn(streams('bystander'), startMs, Date.now());
      await meters.stop();
      return {
        ok:
          closedInTime &&
          openAsMeant &&
          openAtTheEnd &&
          heldForMs > leaseMs &&
          heldForMs <= leaseMs + HOLD_SECONDS * 1_000 + TOLERANCE_MS &&
          bystander.lost === 0,
        measured: {
          ...atLeaseEnd,
          last_packet_after_ms: { ...closedAfterMs, held: heldForMs },
          unguarded_still_open_at_the_end: openAtTheEnd,
          bystander,
        },
      };
    },
  );
}
