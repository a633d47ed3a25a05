// Why an exam was cancelled: nothing of it counts then, so the log must say what did it. The controller's
// word alone would let it drop an exam whose results it does not like.

import type { LoggedEntry } from '../verify/check-entries.ts';
import type { Findings } from '../verify/findings.ts';
import type { ExamEntries } from './exam-entries.ts';

/**
 * Does nothing for an exam that was not cancelled.
 *
 * @param logged every entry of the file, in the order of the log
 */
export function checkCancellation(
  entries: ExamEntries,
  logged: readonly LoggedEntry[],
  findings: Findings,
): void {
  const { cancelled } = entries.closed.data;
  if (cancelled === undefined) return;
  const cause = CAUSES[cancelled];
  if (cause === undefined) {
    findings.missing(
      'cancellation',
      'newer_version',
      `the exam was cancelled for a reason that this version does not know: ${cancelled}`,
    );
    return;
  }
  const found = logged.find((entry) => cause.isBehind(entry, entries));
  if (found === undefined) {
    findings.missing(
      'cancellation',
      'cause_not_recorded',
      `the exam was cancelled (${cancelled}), and the file lacks the entry of ${cause.what}`,
    );
    return;
  }
  findings.shown('cancellation', `entry ${found.index} is ${cause.what}, which cancelled the exam`);
}

interface Cause {
  readonly what: string;
  readonly isBehind: (entry: LoggedEntry, exam: ExamEntries) => boolean;
}

const CAUSES: Readonly<Partial<Record<string, Cause>>> = {
  // The start that says so cancels in the same transaction, so both have one time.
  restored: {
    what: 'a restore from a backup while it was open',
    isBehind: ({ type, index, atMs }, { drawn, closed }) =>
      type === 'backup_restored' &&
      index > drawn.entry.index &&
      index < closed.entry.index &&
      atMs === closed.entry.atMs,
  },
  // An exam is cancelled before the node's details are erased.
  erased: {
    what: 'an erasure of the node’s details after its end',
    isBehind: ({ type, index, nodeId }, { closed }) =>
      type === 'node_details_erased' && index > closed.entry.index && nodeId === closed.entry.nodeId,
  },
};
