// Dates the last change of a file on the controller's clock.

import { SET_MS } from '../../clock/controller-clock.ts';

/**
 * Converts the time of a change of the file once. The estimate of the controller's clock moves a little with
 * every answer, so the same change, converted again, would look like a later one. A change keeps its first
 * date unless a clock was set since.
 */
export function dateOnce(fromWallMs: (wallMs: number) => number): (changedAtMs: number) => number {
  let last: { readonly changedAtMs: number; readonly datedMs: number } | undefined;
  return (changedAtMs) => {
    const datedMs = fromWallMs(changedAtMs);
    if (last?.changedAtMs !== changedAtMs || Math.abs(datedMs - last.datedMs) > SET_MS)
      last = { changedAtMs, datedMs };
    return last.datedMs;
  };
}
