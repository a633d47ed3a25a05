// Instant denial: from the arrival of what denies to the last packet and to the peer's removal on every other node,
// over many denials among five real nodes; the other pairs see nothing.

import { startMeters, until } from '@mesh/e2e';
import { addressesOf, inMesh, percentile, type Scenario, untilAllIn } from '../scenario.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof NODES)[number];
const VICTIMS = ['c', 'd', 'e'] as const;
const EPOCH_SECONDS = 2;
const LATE_MS = 2_000;
const LIMIT_MS = 1_000;

export const denialScenario: Scenario = {
  about: 'a denied node is off every tunnel in under a second, and nobody else notices',
  mechanisms: {
    removal: {
      about: 'agents keep the peers that they are told to remove',
      agents: [
        {
          module: 'apps/node-agent/src/tunnel/device-tunnel.ts',
          replacedBy: 'e2e/faults/tunnel-keeps-peers.ts',
        },
        {
          module: 'apps/node-agent/src/guard/keep-guarded.ts',
          replacedBy: 'e2e/faults/guard-keeps-peers.ts',
        },
      ],
    },
  },
  run: (run) =>
    inMesh<Name, { ok: boolean; measured: Record<string, unknown> }>(
      run,
      NODES,
      { epochSeconds: EPOCH_SECONDS, benchmarkSeconds: 5 },
      async (mesh, lab) => {
        const { quick, say } = run;
        const rounds = quick ? 3 : 100;
        const meters = await startMeters(lab, { addresses: addressesOf(mesh, NODES) });
        const flowing = (name: Name, sinceMs: number) =>
          meters.all
            .filter((meter) => meter.from === name || meter.to === name)
            .every((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > sinceMs);
        const startMs = Date.now();
        const lastPacketMs: number[] = [];
        for (let round = 0; round < rounds; round++) {
          const victim = VICTIMS[round % VICTIMS.length] as Name;
          await until(`${victim} flows`, 20_000, () =>
            flowing(victim, Date.now() - 100) ? true : undefined,
          );
          const arrivedMs = Date.now();
          await mesh.admin.quarantine(victim, 'denial scenario');
          await until('the wire is silent', 5_000, () =>
            Date.now() > arrivedMs + LIMIT_MS ? true : undefined,
          );
          const last = meters.all
            .filter((meter) => meter.from === victim || meter.to === victim)
            .map((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) - arrivedMs);
          lastPacketMs.push(Math.max(0, ...last));
          await mesh.admin.release(victim, 'denial scenario');
          await untilAllIn(mesh, [victim]);
          if ((round + 1) % 10 === 0)
            say(`${round + 1} of ${rounds} denials, p50 ${percentile(lastPacketMs, 0.5).toFixed(1)} ms`);
        }
        const toMs = Date.now();
        await until('the late packets', 2 * LATE_MS, () =>
          Date.now() > toMs + LATE_MS + 200 ? true : undefined,
        );
        const others = [meters.between('a', 'b'), meters.between('b', 'a')].map((meter) =>
          meter.window(startMs, toMs),
        );
        await meters.stop();
        const lost = others.reduce((sum, window) => sum + window.lost + window.sendErrors, 0);
        const measured = {
          denials: lastPacketMs.length,
          last_packet_p50_ms: Math.round(percentile(lastPacketMs, 0.5) * 10) / 10,
          last_packet_p99_ms: Math.round(percentile(lastPacketMs, 0.99) * 10) / 10,
          last_packet_max_ms: Math.round(Math.max(...lastPacketMs) * 10) / 10,
          others_sent: others.reduce((sum, window) => sum + window.sent, 0),
          others_lost: lost,
        };
        return { ok: lost === 0 && Math.max(...lastPacketMs) < LIMIT_MS, measured };
      },
    ),
};
