// Judges an exam again, by the policy that was in force: whose results count, and what they say of the node.

import type { DrawnExam } from '@mesh/harness';
import { canonicalJson, type JsonValue } from '@mesh/primitives';
import {
  type ClosedExam,
  closeExam,
  describeExamVerdict,
  type ExamVerdict,
  examVerdict,
  HONEST_EXAMINER_BUDGET,
  type ItemGrade,
  nextExam,
  type Policy,
  readClosedExam,
  readExamEvidence,
} from '@mesh/scoring';
import * as z from 'zod';
import type { LoggedEntry } from '../verify/check-entries.ts';
import { checkPolicy } from '../verify/check-policy.ts';
import { loggedStanding } from '../verify/check-standing.ts';
import { type Findings, orRefute, Refutation } from '../verify/findings.ts';
import { type Graded, gradesOf } from './check-answers.ts';
import type { ExamEntries } from './exam-entries.ts';
import type { ExamFile } from './exam-file.ts';

/**
 * Call it after the grades, the items and their sums have been checked.
 *
 * @param logged every entry of the file, in the order of the log
 * @returns undefined if the file does not show the verdict, or if there is none
 */
export function checkVerdict(
  entries: ExamEntries,
  drawn: DrawnExam,
  { opened }: Pick<ExamFile, 'opened'>,
  logged: readonly LoggedEntry[],
  findings: Findings,
): ExamVerdict | undefined {
  const { closed, results } = entries;
  // Nothing of a cancelled exam counts, which is said with the grades.
  if (closed.data.cancelled !== undefined) return undefined;
  const recorded = readClosedExam(closed.entry.details?.exam);
  // That the grades are gone is said already.
  if (recorded === undefined || results.some(({ entry }) => entry.details === undefined)) return undefined;
  const graded = results.map((result) => gradesOf(result, drawn));
  checkOpened(graded, closed.data.outvoted, recorded, opened);
  const inForce = checkPolicy(closed.entry, logged, findings);
  if (inForce === undefined) return undefined;
  const { policy } = inForce;
  checkOutvoted(policy, entries, graded, recorded);
  const whose = `of ${results.length} results ${recorded.examiners} count, by the policy`;
  if (recorded.examiners === 0) {
    findings.shown('verdict', `${whose}: the exam shows nothing of the node`);
    return undefined;
  }
  return checkRemembered(policy, entries, recorded, logged, findings, whose);
}

/** The dimension and the weight of an item that is opened are those by which it was counted. */
function checkOpened(
  graded: readonly Graded[],
  outvoted: readonly string[],
  { grades }: ClosedExam,
  opened: ExamFile['opened'],
): void {
  const items = new Map(opened.map(({ index, item }) => [index, counted.safeParse(item).data]));
  const keyOf = (dimension: string, weight: number, score: number) =>
    canonicalJson([dimension, weight, score]);
  const left = new Map(
    grades.map(({ dimension, weight, score, items: count }) => [keyOf(dimension, weight, score), count]),
  );
  for (const { examinerId, grades: own } of graded) {
    if (outvoted.includes(examinerId)) continue;
    for (const { index, score } of own) {
      const item = items.get(index);
      if (item === undefined) continue;
      const key = keyOf(item.dimension, item.weight, score);
      const rest = left.get(key) ?? 0;
      if (rest === 0)
        throw differs(`item ${index} was counted in another dimension or with another weight than it has`);
      left.set(key, rest - 1);
    }
  }
}

const counted = z.object({ dimension: z.string(), weight: z.number() });

/** Who is outvoted follows from the grades alone, whatever the dimensions of the items. */
function checkOutvoted(
  { exams }: Policy,
  { closed, pool }: ExamEntries,
  graded: readonly Graded[],
  { examId, closedAtMs }: ClosedExam,
): void {
  const ofItem = ({ index, score }: Graded['grades'][number]): ItemGrade => ({
    ...{ index, score, dimension: 'overall', weight: 1 },
  });
  const again = orRefute('verdict', 'verdict_differs', () =>
    closeExam(
      { honestExaminerBudget: exams?.honestExaminerBudget ?? HONEST_EXAMINER_BUDGET },
      {
        ...{ examId, closedAtMs, pairs: pool.data.pairs },
        results: graded.map(({ examinerId, grades }) => ({ examinerId, grades: grades.map(ofItem) })),
      },
    ),
  );
  const sorted = (ids: readonly string[]) => [...ids].sort();
  const { outvoted, disagree } = closed.data;
  if (canonicalJson(sorted(again.outvoted)) !== canonicalJson(sorted(outvoted)))
    throw differs(
      `by the grades ${named(again.outvoted)} outvoted, and the exam was closed with ${named(outvoted)} outvoted`,
    );
  if (again.closed.disagree !== disagree)
    throw differs(
      `by the grades the examiners ${again.closed.disagree ? 'disagree' : 'do not disagree'}, and the log says otherwise`,
    );
}

const named = (ids: readonly string[]): string => (ids.length === 0 ? 'nobody' : ids.join(', '));

/** What decisions read of the exam from then on follows from its results. */
function checkRemembered(
  policy: Policy,
  { closed, earlier }: ExamEntries,
  recorded: ClosedExam,
  logged: readonly LoggedEntry[],
  findings: Findings,
  whose: string,
): ExamVerdict | undefined {
  const before = logged.filter(
    ({ nodeId, index }) => nodeId === closed.entry.nodeId && index < closed.entry.index,
  );
  const { className } = loggedStanding(before);
  const remembered = readExamEvidence(closed.entry.details?.evidence)?.last;
  if (className === undefined || remembered === undefined) {
    const what = className === undefined ? 'the class of the node' : 'what was remembered of the exam';
    findings.missing(
      'verdict',
      'state_not_recorded',
      `${whose}; what they mean for the node cannot be shown: the file lacks ${what}`,
    );
    return undefined;
  }
  const last = readExamEvidence(earlier?.details?.evidence);
  const again = orRefute('verdict', 'verdict_differs', () =>
    nextExam(policy, last, recorded, undefined, className),
  )?.last;
  // Whether the exam before was failed is not known once its details are erased.
  const isUnknown = earlier !== undefined && earlier.details === undefined;
  const expected = isUnknown && again !== undefined ? { ...again, byPoint: remembered.byPoint } : again;
  if (canonicalJson(plain(expected)) !== canonicalJson(plain(remembered)))
    throw differs('what decisions read of the exam does not follow from its results');
  const verdict = examVerdict(policy, className, remembered);
  const said = (verdict && describeExamVerdict(verdict)) ?? 'nothing has a limit';
  findings.shown('verdict', `${whose}; ${verdict?.outcome ?? 'open'}: ${said}`);
  return verdict;
}

/** As JSON has it. */
const plain = (value: object | undefined): JsonValue =>
  value === undefined ? null : (JSON.parse(JSON.stringify(value)) as JsonValue);

const differs = (why: string) => new Refutation('verdict', 'verdict_differs', why);
