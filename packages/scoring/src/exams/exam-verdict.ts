// What the newest exam of a node says by the policy in force: the results that count, taken together, against
// the bar of the node's class.

import { type Bar, barOf } from '../bar.ts';
import type { ScoreInterval } from '../judge-score.ts';
import type { Policy } from '../policy.ts';
import { wilsonInterval } from '../statistics/wilson.ts';
import type { LastExam } from './exam-evidence.ts';
import type { ExamTally } from './exam-results.ts';
import type { ExamRule } from './exam-rule.ts';

/** One examined score. */
export interface ExamScore {
  readonly metric: string;
  readonly score: number;
  /** The threshold of the class, or the metric's floor. */
  readonly limit: number;
  readonly interval: ScoreInterval;
  readonly outcome: 'passed' | 'failed' | 'open';
}

export interface ExamVerdict {
  /** `failed`: a score is surely below its limit. `passed`: all surely reach theirs. `open`: neither. */
  readonly outcome: 'passed' | 'failed' | 'open';
  /** Whether as many results as the policy asks for agree, or the word is that of fewer. */
  readonly by: 'one' | 'agreeing';
  readonly examiners: number;
  readonly disagree: boolean;
  /** `overall` first; a metric with a floor only if it was examined. */
  readonly scores: readonly ExamScore[];
}

/** Undefined without an exam, for a policy without exams, and for a class that it does not have. */
export function examVerdict(
  policy: Policy,
  className: string | undefined,
  last: LastExam | undefined,
): ExamVerdict | undefined {
  const bar = barOf(policy, className);
  return policy.exams === undefined || bar === undefined || last === undefined
    ? undefined
    : verdictOf(policy.exams, bar, last);
}

export function verdictOf(rule: ExamRule, bar: Bar, last: LastExam): ExamVerdict {
  const scores = bar.limits.flatMap(([metric, limit]) => {
    const tally = Object.hasOwn(last.tallies, metric) ? last.tallies[metric] : undefined;
    return tally === undefined ? [] : [judgeTally(rule, metric, limit, tally, last.byPoint)];
  });
  const has = (outcome: ExamScore['outcome']) => scores.some((score) => score.outcome === outcome);
  const { examiners, disagree } = last;
  return {
    outcome: has('failed') ? 'failed' : has('open') || scores.length === 0 ? 'open' : 'passed',
    by: wordOf(rule, last),
    examiners,
    disagree,
    scores,
  };
}

/** Whose word the exam is. */
export const wordOf = (
  { agreeing }: ExamRule,
  { examiners, disagree }: Pick<LastExam, 'examiners' | 'disagree'>,
): ExamVerdict['by'] => (!disagree && examiners >= agreeing ? 'agreeing' : 'one');

/** The score that fails: `overall`, or else the one whose upper end is furthest below its floor. */
export function failedScore({ scores }: Pick<ExamVerdict, 'scores'>): ExamScore | undefined {
  const failed = scores.filter(({ outcome }) => outcome === 'failed');
  const [first] = failed;
  if (first?.metric === 'overall') return first;
  const missedBy = ({ limit, interval }: ExamScore) => limit - interval.upper;
  return failed.reduce<ExamScore | undefined>(
    (worst, one) => (worst === undefined || missedBy(one) > missedBy(worst) ? one : worst),
    undefined,
  );
}

function judgeTally(
  { confidence }: ExamRule,
  metric: string,
  limit: number,
  { items, weight, squares, good }: ExamTally,
  byPoint: boolean,
): ExamScore {
  // Items of unequal weight tell as much as this many of one weight (Kish 1965).
  const trials = (weight * weight) / squares;
  const score = Math.min(1, good / weight);
  const { lower, upper } = wilsonInterval(Math.min(trials, score * trials), trials, confidence);
  const interval = { samples: items, trials, lower, upper, confidence };
  const outcome =
    lower >= limit ? 'passed' : upper >= limit && !(byPoint && score < limit) ? 'open' : 'failed';
  return { metric, score, limit, interval, outcome };
}
