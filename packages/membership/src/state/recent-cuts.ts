// The denials that the brake counts. Each node is in once, with its newest one.

import type { RecentCut } from '@mesh/scoring';

/** No window may be longer. Older denials are forgotten. */
const LONGEST_WINDOW_MS = 3_600_000;

/** Adds a denial, and drops those that no window reaches any more. */
export function withCut(recent: readonly RecentCut[], cut: RecentCut): readonly RecentCut[] {
  return [
    ...recent.filter(({ nodeId, atMs }) => nodeId !== cut.nodeId && cut.atMs - atMs < LONGEST_WINDOW_MS),
    cut,
  ];
}
