// Rotation that nobody notices: five nodes, wrong clocks, packets on every pair over at least 40 epochs, beside plain
// tunnels between the same hosts that are never touched.

import { startMeters, startStaticTunnels, until } from '@mesh/e2e';
import { addressesOf, inMesh, type Scenario } from '../scenario.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 3;
const LATE_MS = 2_000;
const CLOCK_ERROR_MS: Partial<Record<Name, number>> = { b: 2_000, d: -2_000 };

export const rotationScenario: Scenario = {
  about: 'keys change every epoch and no packet is lost beyond what untouched tunnels lose',
  mechanisms: {},
  run: (run) =>
    inMesh<Name, { ok: boolean; measured: Record<string, unknown> }>(
      run,
      NODES,
      { epochSeconds: EPOCH_SECONDS, benchmarkSeconds: 6, clockErrorMs: CLOCK_ERROR_MS },
      async (mesh, lab) => {
        const { quick, say } = run;
        const epochs = quick ? 5 : 42;
        say(
          `five nodes are in; ${epochs} epochs of ${EPOCH_SECONDS} s with clock errors ${JSON.stringify(CLOCK_ERROR_MS)} ms`,
        );
        const control = await startStaticTunnels(lab, NODES, {
          interfaceName: 'ctl0',
          listenPort: 51_900,
          network: '10.89.0',
        });
        const [meshed, plain] = [
          await startMeters(lab, { addresses: addressesOf(mesh, NODES) }),
          await startMeters(lab, { addresses: control, port: 7_100 }),
        ];
        await until('packets on every stream', 30_000, () =>
          [...meshed.all, ...plain.all].every((meter) => meter.arrivals().length > 0) ? true : undefined,
        );
        const fromMs = Date.now();
        const first = (await mesh.admin.epoch()).epoch_id;
        let seen = first;
        await until(`${epochs} epochs`, (epochs + 5) * EPOCH_SECONDS * 1_000, async () => {
          const { epoch_id: now } = await mesh.admin.epoch();
          if (now > seen && (now - first) % 5 === 0) say(`epoch ${now - first} of ${epochs}`);
          seen = now;
          return now - first >= epochs ? true : undefined;
        });
        const toMs = Date.now();
        await until('the late packets', 2 * LATE_MS, () =>
          Date.now() > toMs + LATE_MS + 200 ? true : undefined,
        );
        const count = (meters: typeof meshed) => {
          const windows = meters.all.map((meter) => meter.window(fromMs, toMs));
          const sum = (of: (window: (typeof windows)[number]) => number) =>
            windows.reduce((total, window) => total + of(window), 0);
          return {
            sent: sum((window) => window.sent),
            lost: sum((window) => window.lost),
            late: sum((window) => window.late),
            send_errors: sum((window) => window.sendErrors),
            longest_gap_ms: Math.round(Math.max(...windows.map((window) => window.longestGapMs ?? 0))),
          };
        };
        const [rotating, untouched] = [count(meshed), count(plain)];
        await Promise.all([meshed.stop(), plain.stop()]);
        const ok =
          rotating.sent > 0 && rotating.lost + rotating.send_errors <= untouched.lost + untouched.send_errors;
        return {
          ok,
          measured: {
            epochs: seen - first,
            nodes: NODES.length,
            streams: meshed.all.length,
            rotating,
            untouched,
          },
        };
      },
    ),
};
