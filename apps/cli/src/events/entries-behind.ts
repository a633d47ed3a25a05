// The entries of the log that a node's standing rests on.

import type { LogEntryView } from '@mesh/protocol';

/** What puts a node in, out or in between. */
const DECISIONS: ReadonlySet<unknown> = new Set([
  'node_enrolled',
  'node_admitted',
  'node_denied',
  'node_declining',
  'node_recovered',
  'probation_began',
  'node_held',
  'hold_released',
  'hold_ended',
  'node_quarantined',
  'node_released',
  'node_revoked',
  'node_approved',
  'node_rejected',
  'node_class_changed',
  'node_left',
  'node_unreachable',
  'node_reachable',
  'exam_closed',
]);
const RESULT = 'benchmark_accepted';
const SHOWN = 5;

/**
 * The newest decisions, and the newest result.
 *
 * @param entries about one node, in any order
 * @returns the oldest first
 */
export function entriesBehind(entries: readonly LogEntryView[]): LogEntryView[] {
  const sorted = entries.toSorted((one, other) => one.index - other.index);
  const result = sorted.findLast(({ entry }) => entry.type === RESULT);
  const decisions = sorted.filter(({ entry }) => DECISIONS.has(entry.type)).slice(-SHOWN);
  return [...decisions, ...(result === undefined ? [] : [result])].toSorted(
    (one, other) => one.index - other.index,
  );
}
