// Makes scores from 0 to 1 of the measures of a report, as its mapping says.

import { defined } from '@mesh/primitives';
import type { MappingRule } from './mapping.ts';
import type { Measure, ScoredMeasure } from './measure.ts';
import type { Report } from './report.ts';

export interface MappedScore {
  readonly dimension: string;
  readonly path: string;
  /** 0..1 */
  readonly score: number;
  /** Absent: the report does not say. */
  readonly samples?: number;
  /** On the scale of the score. */
  readonly standardError?: number;
}

/** A score that cannot be given. It is never a pass: who sends a report with one sends nothing. */
export interface UnscoredScore {
  readonly dimension: string;
  readonly path: string;
  readonly unscored: string;
}

export type MappedDimension = MappedScore | UnscoredScore;

/** What a file may miss of 0 and 1 by rounding. */
const ROUNDING = 1e-9;

/**
 * @returns one entry for each rule, in their order
 * @throws HarnessError `invalid_option` for a path that the format of the report does not have
 */
export function mapReport(report: Report, rules: readonly MappingRule[]): MappedDimension[] {
  return rules.map((rule) => {
    const { dimension, path } = rule;
    const scores = findAll(report, path).map((measure) => toScore(report, rule, measure));
    return { dimension, path, ...worstOf(scores) };
  });
}

type Scored = Pick<MappedScore, 'score' | 'samples' | 'standardError'>;
type Unscored = Pick<UnscoredScore, 'unscored'>;

/** The lowest score, on the fewest samples. One that cannot be given spoils the others. */
function worstOf(scores: readonly (Scored | Unscored)[]): Scored | Unscored {
  const given: Scored[] = [];
  for (const one of scores) {
    if ('unscored' in one) return one;
    given.push(one);
  }
  const lowest = given.reduce((worst, one) => (one.score < worst.score ? one : worst));
  const counts = given.flatMap(({ samples }) => samples ?? []);
  const samples =
    counts.length === given.length ? counts.reduce((one, other) => Math.min(one, other)) : undefined;
  return { ...lowest, ...defined({ samples }) };
}

/** At least one measure: where there is none, one that says so. */
function findAll(report: Report, path: string): readonly Measure[] {
  const nothing = { unscored: `the file holds nothing at ${JSON.stringify(path)}` };
  if (!path.endsWith('*')) return [report.find(path) ?? nothing];
  const found = report.paths.filter((one) => one.startsWith(path.slice(0, -1)));
  return found.length === 0 ? [nothing] : found.map((one) => report.find(one) ?? nothing);
}

function toScore(report: Report, rule: MappingRule, measure: Measure): Scored | Unscored {
  if ('unscored' in measure) return measure;
  const samples = samplesOf(report, rule, measure);
  if (typeof samples === 'object') return samples;
  const { minSamples } = rule;
  if (minSamples === undefined && report.endless === true)
    return {
      unscored: 'nothing shows whether the file is whole: say how many samples it must have (#SAMPLES)',
    };
  if (minSamples !== undefined && !(samples !== undefined && samples >= minSamples))
    return {
      unscored: `it rests on ${samples ?? 'an unknown number of'} samples, and ${minSamples} are asked for`,
    };
  const score = scoreOf(rule, measure);
  if (typeof score === 'object') return score;
  const { bounds } = rule;
  const scale = bounds === undefined ? 1 : 1 / Math.abs(bounds.best - bounds.worst);
  const standardError = measure.standardError === undefined ? undefined : measure.standardError * scale;
  return { score, ...defined({ samples, standardError }) };
}

function samplesOf(
  report: Report,
  { samplesPath }: MappingRule,
  measure: ScoredMeasure,
): number | undefined | Unscored {
  if (samplesPath === undefined) return measure.samples;
  const found = report.find(samplesPath);
  const value = found === undefined || 'unscored' in found ? undefined : Math.floor(found.value);
  return value !== undefined && Number.isSafeInteger(value) && value >= 1
    ? value
    : { unscored: `there is no number of samples from 1 at ${JSON.stringify(samplesPath)}` };
}

function scoreOf(
  { bounds }: MappingRule,
  { value, lowerIsBetter, unbounded }: ScoredMeasure,
): number | Unscored {
  if (!Number.isFinite(value)) return { unscored: 'the value is no finite number' };
  if (bounds !== undefined) {
    const share = (value - bounds.worst) / (bounds.best - bounds.worst);
    return Number.isNaN(share) ? { unscored: 'its bounds are too far apart' } : clamp(share);
  }
  if (unbounded !== undefined)
    return { unscored: `${unbounded}: say which values are 0 and 1 (@WORST..BEST)` };
  if (value < -ROUNDING || value > 1 + ROUNDING)
    return { unscored: `${value} is no share from 0 to 1: say which values are 0 and 1 (@WORST..BEST)` };
  return clamp(lowerIsBetter === true ? 1 - value : value);
}

const clamp = (score: number) => Math.min(1, Math.max(0, score));
