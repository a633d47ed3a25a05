// Planned work: an officer's signed request lets leases last longer for a while. An operator can end that
// early.

import { formatRfc3339, parseRfc3339 } from '@mesh/primitives';
import { type MaintenanceMessage, problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { Officer } from '../events/officer-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { MaintenanceWindow } from '../state/records.ts';
import { type Command, done, refused } from './outcome.ts';

/** How long a cut may at most have no effect at nodes that do not hear of it. */
const LONGEST_WINDOW_MS = 24 * 3_600_000;

export interface SignedMaintenance {
  readonly request: MaintenanceMessage;
  /** Who signed it. The caller has checked the signature. */
  readonly officer: Officer;
  /** Who brought the request. */
  readonly actor: Actor;
}

/** Opens a window. It replaces one that is open. */
export function startMaintenance({ request, officer, actor }: SignedMaintenance): Command {
  const signedAtMs = parseRfc3339(request.timestamp);
  const expiresAtMs = parseRfc3339(request.expires_at);
  const untilMs = parseRfc3339(request.until);
  return (view, { nowMs, policy }) => {
    if (request.mesh_id !== view.meshId)
      return refused(problem('mesh_mismatch', `this is mesh ${view.meshId}`));
    if (view.isRequestSpent(request.request_id))
      return refused(
        problem('request_replayed', `request ${request.request_id} was carried out before; sign a new one`),
      );
    const aheadMs = signedAtMs - nowMs;
    if (aheadMs > policy.futureToleranceMs)
      return refused(
        problem('clock_skew', `the request was signed ${aheadMs} ms from now; synchronise the clocks`, {
          skew_ms: aheadMs,
        }),
      );
    if (nowMs >= expiresAtMs)
      return refused(
        problem(
          'request_expired',
          `the request was good until ${formatRfc3339(expiresAtMs)}; sign a new one`,
        ),
      );
    if (untilMs <= nowMs)
      return refused(problem('invalid_message', 'until: has passed already; name a time that is to come'));
    if (untilMs - nowMs > LONGEST_WINDOW_MS)
      return refused(problem('invalid_message', 'until: is more than 24 h away; name an earlier time'));
    return done([{ type: 'maintenance_started', officer, request, untilMs, actor }]);
  };
}

/** Ends the open window: leases have their usual length again. */
export function endMaintenance(actor: Actor): Command {
  return (view, { nowMs }) => {
    const window = openWindow(view, nowMs);
    if (window === undefined)
      return refused(problem('state_conflict', 'no maintenance is under way: there is nothing to end'));
    const { requestId } = window;
    return done([{ type: 'maintenance_ended', requestId, actor }]);
  };
}

/** The window that is open at `nowMs`. */
export function openWindow(view: MeshView, nowMs: number): MaintenanceWindow | undefined {
  const window = view.maintenance();
  return window !== undefined && nowMs < window.untilMs ? window : undefined;
}
