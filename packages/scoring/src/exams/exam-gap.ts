// Recognises the exam: a node that is good by its own measure, or at the items that are known, and worse
// where it does not know that it is examined. For each examined item x = (1 + found − expected) / 2, and the
// alarm of statistics/e-detector.ts is against a mean of x below (1 − tolerance) / 2.

import { defined } from '@mesh/primitives';
import type { Benchmark } from '../evidence.ts';
import { settingsFor } from '../interval-rule.ts';
import { countSamples } from '../judge-score.ts';
import type { Policy } from '../policy.ts';
import {
  alarmOf,
  E_DETECTOR_START,
  type EDetector,
  type GradedPrompts,
  watchEach,
} from '../statistics/e-detector.ts';
import { wilsonInterval } from '../statistics/wilson.ts';
import type { ExamEvidence, GapEvidence, GapName } from './exam-evidence.ts';
import { GAPS } from './exam-evidence.ts';
import type { ClosedExam } from './exam-results.ts';
import type { ExamRule, GapRule } from './exam-rule.ts';

/**
 * Evidence beyond this multiple of the limit is not kept, so that the way back from long bad behaviour is not
 * as long as the behaviour was.
 */
const MOST_EVIDENCE = 10;

/** What was found where something was expected, so many times. */
interface Compared {
  readonly expected: number;
  readonly found: number;
  readonly items: number;
}

/** @param latest the node's own newest result when the exam was closed; absent: it has none */
export function nextGaps(
  policy: Policy,
  known: ExamEvidence['gaps'],
  closed: ClosedExam,
  latest: Benchmark | undefined,
): ExamEvidence['gaps'] {
  const { exams } = policy;
  if (exams?.gap === undefined) return undefined;
  const self = latest === undefined ? [] : againstOwn(policy, exams, closed, latest);
  const twins = closed.pairs.map(({ known: expected, paraphrase: found, pairs: items }) => ({
    expected,
    found,
    items,
  }));
  return defined({
    self: nextGap(exams.gap, known?.self, self),
    known: nextGap(exams.gap, known?.known, twins),
  });
}

/**
 * What is expected of an item is the node's own score in its dimension, or else overall. Doubt about that
 * score counts for the node: it is taken at the lower end of its interval.
 */
function againstOwn(
  policy: Policy,
  { confidence }: ExamRule,
  { grades }: ClosedExam,
  latest: Benchmark,
): Compared[] {
  return grades.flatMap(({ dimension, score: found, items }) => {
    const metric = Object.hasOwn(latest.scores, dimension) ? dimension : 'overall';
    const score = latest.scores[metric];
    if (score === undefined || !(score >= 0 && score <= 1)) return [];
    const samples = countSamples(latest.samples, metric);
    if (samples === 0) return [{ expected: score, found, items }];
    const { decision } = policy;
    const trials = samples / (decision === undefined ? 1 : settingsFor(decision, metric).designEffect);
    const { lower } = wilsonInterval(Math.min(trials, score * trials), trials, confidence);
    return [{ expected: lower, found, items }];
  });
}

function nextGap(
  rule: GapRule,
  before: GapEvidence | undefined,
  compared: readonly Compared[],
): GapEvidence | undefined {
  const known = knownOf(rule, before);
  const items = compared.reduce((sum, one) => sum + one.items, 0);
  if (items === 0) return known;
  const detector = detectorOf(rule, rule.tolerance);
  const state = known?.evidence ?? E_DETECTOR_START;
  const grades: GradedPrompts[] = compared.map(({ expected, found, items: prompts }) => ({
    mean: (1 + found - expected) / 2,
    prompts,
  }));
  const evidence = watchEach(detector, state, grades).map((m) =>
    Math.min(m, MOST_EVIDENCE * rule.promptsPerFalseCut),
  );
  const wasNothing = known === undefined || alarmOf(detector, state).evidence <= items;
  const sum = (of: 'expected' | 'found') => compared.reduce((total, one) => total + one.items * one[of], 0);
  return {
    tolerance: rule.tolerance,
    evidence,
    compared: (wasNothing ? 0 : known.compared) + items,
    expected: (wasNothing ? 0 : known.expected) + sum('expected'),
    found: (wasNothing ? 0 : known.found) + sum('found'),
  };
}

/** Evidence that a gap is above a larger tolerance is also evidence that it is above a smaller one. */
function knownOf({ tolerance }: GapRule, gap: GapEvidence | undefined): GapEvidence | undefined {
  return gap !== undefined && gap.tolerance >= tolerance ? gap : undefined;
}

const detectorOf = ({ promptsPerFalseCut }: GapRule, tolerance: number) =>
  ({
    kind: 'shiryaev-roberts',
    asked: (1 - tolerance) / 2,
    promptsPerFalseAlarm: promptsPerFalseCut,
  }) as const satisfies EDetector;

/** What is known of one gap. */
export interface GapNumbers {
  readonly what: GapName;
  /** The means of what was expected and found since the evidence was last next to nothing. */
  readonly expected: number;
  readonly found: number;
  /** The number of items, or of pairs. */
  readonly compared: number;
  readonly tolerance: number;
  readonly evidence: number;
  /** The evidence at which the policy acts. */
  readonly limit: number;
}

export interface ExamGap extends GapNumbers {
  readonly speaks: boolean;
}

/** The gaps that something is known of; empty if the policy looks for none. */
export function gapsOf(rule: ExamRule | undefined, exam: ExamEvidence | undefined): readonly ExamGap[] {
  const gap = rule?.gap;
  if (gap === undefined) return [];
  return GAPS.flatMap((what) => {
    const known = knownOf(gap, exam?.gaps?.[what]);
    if (known === undefined) return [];
    const { tolerance, compared } = known;
    const { evidence, limit, rings } = alarmOf(detectorOf(gap, tolerance), known.evidence);
    return [
      {
        what,
        expected: known.expected / compared,
        found: known.found / compared,
        compared,
        tolerance,
        evidence,
        limit,
        speaks: rings,
      },
    ];
  });
}
