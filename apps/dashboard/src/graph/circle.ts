// Where nodes stand in the graph: around a circle, the first at the top, clockwise. The same nodes always
// stand in the same places. Pure.

export interface Place {
  /** From -1 at the left and the top to 1. */
  readonly x: number;
  readonly y: number;
}

export function placeOnCircle(at: number, count: number): Place {
  const angle = (at / Math.max(1, count)) * 2 * Math.PI;
  return { x: Math.sin(angle), y: -Math.cos(angle) };
}

/** @returns the place that is nearest to a point, undefined if none is within reach */
export function nearest(point: Place, count: number, reach: number): number | undefined {
  let best: number | undefined;
  let bestDistance = reach;
  for (let at = 0; at < count; at += 1) {
    const place = placeOnCircle(at, count);
    const distance = Math.hypot(place.x - point.x, place.y - point.y);
    if (distance > bestDistance) continue;
    best = at;
    bestDistance = distance;
  }
  return best;
}
