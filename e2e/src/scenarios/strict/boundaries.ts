// Strict rotation: every epoch has its own sessions. The scenario tells sessions apart by the index in each
// transport packet. Every session that carried data before a boundary is silent two seconds after it, and no
// packet of the overlay is lost. Control: in a mesh that rotates in place, the same check finds sessions that
// live on.

import { sessionsBeyond, startMeters, until, watchSessions } from '@mesh/e2e';
import { addressesOf, inMesh, type ScenarioResult, type ScenarioRun } from '../../scenario.ts';

const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
const STREAMS = NODES.length * (NODES.length - 1);
const EPOCH_SECONDS = 8;
const EPOCH_MS = EPOCH_SECONDS * 1_000;
const LATE_MS = 2_000;
const GRACE_MS = 2_000;
const MARGIN_MS = 250;

interface Observed {
  readonly boundaries: number;
  /** Sessions with data before a boundary, counted per direction; the fewest at any boundary. */
  readonly carriers: number;
  readonly surviving: number;
  readonly last_used_ms: number | null;
  readonly sent: number;
  readonly lost: number;
  readonly late: number;
  readonly send_errors: number;
  readonly longest_gap_ms: number;
}

export async function watchBoundaries(run: ScenarioRun): Promise<ScenarioResult> {
  const strict = await observe(run, 'strict', run.quick ? 2 : 6);
  const strictHeld =
    strict.carriers >= STREAMS &&
    strict.surviving === 0 &&
    strict.sent > 0 &&
    strict.lost + strict.send_errors === 0;
  const measured = { nodes: NODES.length, epoch_seconds: EPOCH_SECONDS, strict };
  // The control contains nothing that can be switched off.
  if (run.without !== undefined) return { ok: strictHeld, measured };
  const inPlace = await observe(run, 'in_place', run.quick ? 1 : 2);
  // The control shows that the check finds surviving sessions.
  return { ok: strictHeld && inPlace.surviving >= STREAMS, measured: { ...measured, in_place: inPlace } };
}

function observe(run: ScenarioRun, rotation: 'strict' | 'in_place', boundaries: number) {
  return inMesh<Name, Observed>(
    run,
    NODES,
    { epochSeconds: EPOCH_SECONDS, benchmarkSeconds: 6, controllerSettings: { rotation } },
    async (mesh, lab) => {
      const watch = await watchSessions(lab);
      const meters = await startMeters(lab, { addresses: addressesOf(mesh, NODES) });
      await until('packets on every stream', 3 * EPOCH_MS, () =>
        meters.all.every((meter) => meter.arrivals().length > 0) ? true : undefined,
      );
      // It begins in the middle of an epoch, so that there is traffic before every boundary.
      const firstMs = Math.ceil((Date.now() + EPOCH_MS / 2) / EPOCH_MS) * EPOCH_MS;
      const fromMs = Date.now();
      const toMs = firstMs + (boundaries - 1) * EPOCH_MS + EPOCH_MS / 2;
      run.say(`${rotation}: watching ${boundaries} boundaries of epochs of ${EPOCH_SECONDS} s`);
      await until('the last boundary', toMs - fromMs + 5_000, () => (Date.now() >= toMs ? true : undefined));
      await until('the late packets', 2 * LATE_MS, () =>
        Date.now() > toMs + LATE_MS + 200 ? true : undefined,
      );
      const looks = Array.from({ length: boundaries }, (_, at) => {
        const boundaryMs = firstMs + at * EPOCH_MS;
        return sessionsBeyond(watch.sightings(), {
          fromMs: boundaryMs - EPOCH_MS / 2,
          boundaryMs,
          toMs,
          graceMs: GRACE_MS,
          marginMs: MARGIN_MS,
        });
      });
      const surviving = looks.flatMap((look) => look.surviving);
      const windows = meters.all.map((meter) => meter.window(fromMs, toMs));
      const sum = (of: (window: (typeof windows)[number]) => number) =>
        windows.reduce((total, window) => total + of(window), 0);
      const observed = {
        boundaries,
        carriers: Math.min(...looks.map((look) => look.carriers)),
        surviving: surviving.length,
        last_used_ms:
          surviving.length === 0 ? null : Math.max(...surviving.map(({ lastUsedMs }) => lastUsedMs)),
        sent: sum((window) => window.sent),
        lost: sum((window) => window.lost),
        late: sum((window) => window.late),
        send_errors: sum((window) => window.sendErrors),
        longest_gap_ms: Math.round(Math.max(...windows.map((window) => window.longestGapMs ?? 0))),
      };
      await Promise.all([meters.stop(), watch.stop()]);
      return observed;
    },
  );
}
