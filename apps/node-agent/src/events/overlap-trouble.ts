// Treats an overlap that keeps peers off the interface as a trouble of the tunnel, because this node and
// those peers cannot reach each other.

import type { RouteOverlap } from '../plan/route-overlaps.ts';
import { earliestTrouble, type Trouble } from './trouble.ts';

/**
 * @returns the trouble that began first; undefined if each peer's own route keeps its traffic in the tunnel
 */
export function overlapTrouble(overlaps: readonly RouteOverlap[]): Trouble | undefined {
  return earliestTrouble(...overlaps.map(troubleOf));
}

function troubleOf({
  kind,
  prefix,
  interfaceName,
  table,
  sinceMs,
  handled,
  peers,
}: RouteOverlap): Trouble | undefined {
  if (handled === 'host-routes') return undefined;
  const what = `${kind} ${prefix} on ${interfaceName ?? 'no interface'} (table ${table})`;
  return handled === 'refused'
    ? { sinceMs, code: 'overlap_refused', message: `${what} takes a part of the overlay: nobody is let in` }
    : { sinceMs, code: 'overlap_leaking', message: `${what} would take what is sent to ${peers.join(', ')}` };
}
