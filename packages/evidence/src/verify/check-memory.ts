// What the policy remembers of results, the alarm's evidence and the drift signals' numbers: whether it
// follows from the result that was judged and from the one before.

import { canonicalJson, type JsonValue } from '@mesh/primitives';
import { nextDrift, nextWatch, type Policy } from '@mesh/scoring';
import type { JudgedResult } from '../judged-state.ts';
import type { LoggedEntry } from './check-entries.ts';
import type { PolicyInForce } from './check-policy.ts';
import { loggedStanding } from './check-standing.ts';
import { type Findings, orRefute, Refutation } from './findings.ts';
import { resultOf } from './result-in-log.ts';

/**
 * Only a result that came under the policy in force was remembered by its alarm and its drift signals.
 *
 * @param ofNode the entries about the node before the decision
 */
export function checkMemory(
  { policy, from }: PolicyInForce,
  entry: LoggedEntry,
  result: JudgedResult,
  ofNode: readonly LoggedEntry[],
  findings: Findings,
): void {
  if ((policy.alarm ?? policy.drift) === undefined || entry.index < from.index) return;
  const before = ofNode.filter(({ index }) => index < entry.index);
  const last = before.findLast(({ type }) => type === 'benchmark_accepted');
  const known = last?.details && resultOf(last);
  if (last !== undefined && known === undefined) {
    findings.missing('alarm', 'details_erased', 'the numbers of the result before are not there');
    return;
  }
  const { className } = loggedStanding(before);
  const fault = orRefute('alarm', 'watch_differs', () => findFault(policy, className, result, known));
  if (fault !== undefined) throw new Refutation('alarm', 'watch_differs', fault);
  findings.shown('alarm', 'what the policy remembers of results follows from this one and the one before');
}

/** @param before the result before; undefined: there was none */
function findFault(
  policy: Policy,
  className: string | undefined,
  { benchmark, watch }: JudgedResult,
  before: JudgedResult | undefined,
): string | undefined {
  const drift = nextDrift(policy, before?.benchmark.drift, benchmark, className);
  if (textOf(drift) !== textOf(benchmark.drift))
    return 'what the drift signals remember does not follow from the two results';
  // After its own denial an alarm begins anew.
  const possible = [before?.watch, undefined].map((known) =>
    textOf(nextWatch(policy, known, benchmark, className)),
  );
  if (!possible.includes(textOf(watch)))
    return 'what the alarm remembers does not follow from the two results';
  return undefined;
}

const textOf = (remembered: object | undefined): string =>
  remembered === undefined ? '' : canonicalJson(JSON.parse(JSON.stringify(remembered)) as JsonValue);
