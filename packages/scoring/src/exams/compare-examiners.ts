// Which of an exam's results count. Honest examiners draw their items of one pool and ask one service, so
// their results differ by chance alone. One that differs by more from the others, while these do not differ
// from each other, is outvoted.

import { fisherExact } from '../statistics/fisher-exact.ts';
import type { ExaminerResult } from './exam-results.ts';
import type { ExamRule } from './exam-rule.ts';

export interface ComparedExaminers {
  /** Whose results count. */
  readonly counted: readonly string[];
  readonly outvoted: readonly string[];
  /** Those that count differ by more than chance. */
  readonly disagree: boolean;
}

/**
 * Whether an item is passed, three times: grades lie between 0 and 1, and a single cut could be dodged by
 * grades just beyond it.
 */
const CUTS: readonly ((score: number) => boolean)[] = [
  (score) => score > 0,
  (score) => score >= 0.5,
  (score) => score >= 1,
];

/**
 * Two results differ if Fisher's exact test of their passed items, or of one result's against those of
 * several together, has a p-value below 1 / (honestExaminerBudget · tests), where `tests` is the number of
 * tests by which somebody could be outvoted (Bonferroni). So in one of `honestExaminerBudget` exams at most
 * somebody honest is outvoted by chance, as long as most examiners are honest.
 *
 * Those who are in the majority: more than half of the results, at least two, do not differ from each other,
 * and each of the others differs from them. If there are two largest such groups, nobody is outvoted.
 */
export function compareExaminers(
  { honestExaminerBudget }: Pick<ExamRule, 'honestExaminerBudget'>,
  results: readonly ExaminerResult[],
): ComparedExaminers {
  const all = results.map((_one, at) => at);
  const limit = 1 / (honestExaminerBudget * testsAmong(results.length) * CUTS.length);
  const counts = results.map(({ grades }) => ({
    trials: grades.length,
    passed: CUTS.map((isPassed) => grades.filter(({ score }) => isPassed(score)).length),
  }));
  const together = (some: readonly number[], cut: number) => ({
    successes: some.reduce((sum, at) => sum + (counts[at]?.passed[cut] ?? 0), 0),
    trials: some.reduce((sum, at) => sum + (counts[at]?.trials ?? 0), 0),
  });
  const differs = (one: number, others: readonly number[]): boolean =>
    CUTS.some((_isPassed, cut) => fisherExact(together([one], cut), together(others, cut)) < limit);
  const isOfOneMind = (some: readonly number[]): boolean =>
    some.length < 2 || !some.some((one) => differs(one, without(some, [one])));

  const idsOf = (some: readonly number[]) => some.map((at) => results[at]?.examinerId ?? '');
  if (isOfOneMind(all)) return { counted: idsOf(all), outvoted: [], disagree: false };
  for (let size = all.length - 1; size >= 2 && size > all.length / 2; size--) {
    const majorities = subsets(all, size).filter(
      (some) => isOfOneMind(some) && without(all, some).every((one) => differs(one, some)),
    );
    const [majority] = majorities;
    if (majority !== undefined && majorities.length === 1)
      return { counted: idsOf(majority), outvoted: idsOf(without(all, majority)), disagree: false };
    if (majorities.length > 1) break;
  }
  return { counted: idsOf(all), outvoted: [], disagree: true };
}

const without = (all: readonly number[], some: readonly number[]): number[] =>
  all.filter((one) => !some.includes(one));

/** By how many tests of one against a majority somebody could be outvoted, or two could differ. */
function testsAmong(examiners: number): number {
  let tests = 0;
  for (let size = examiners - 1; size >= 2 && size > examiners / 2; size--)
    tests += choose(examiners, size) * (examiners - size);
  return Math.max(examiners, tests);
}

function choose(n: number, k: number): number {
  let ways = 1;
  for (let at = 1; at <= k; at++) ways = (ways * (n - k + at)) / at;
  return Math.round(ways);
}

function subsets(all: readonly number[], size: number): number[][] {
  if (size === 0) return [[]];
  return all.flatMap((first, at) => subsets(all.slice(at + 1), size - 1).map((others) => [first, ...others]));
}
