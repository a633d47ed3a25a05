// What exams say, in sentences.

import { describeInterval } from '../words.ts';
import type { GapNumbers } from './exam-gap.ts';
import type { ExamReason } from './exam-reason.ts';
import { type ExamScore, type ExamVerdict, failedScore } from './exam-verdict.ts';

const LEADS_TO = {
  deny: 'the node is out',
  probation: 'the node is on probation',
  declining: 'the node is declining',
} as const;

/** One sentence without a full stop. */
export function describeExamReason(reason: ExamReason): string {
  switch (reason.code) {
    case 'exam_failed':
      return `${describeExamScore(reason, reason)}: ${LEADS_TO[reason.action]}`;
    case 'exam_gap':
      return `${describeGap(reason)}: ${LEADS_TO[reason.action]}`;
    case 'exam_missing':
      return `${describeMissing(reason)}: ${LEADS_TO[reason.action]}`;
  }
}

/** One sentence without a full stop, true whether the node passed or not. */
export function describeExamScore(
  { examiners, disagree, by }: Pick<ExamVerdict, 'examiners' | 'disagree' | 'by'>,
  { metric, score, interval, limit }: Pick<ExamScore, 'metric' | 'score' | 'interval' | 'limit'>,
): string {
  const who = examiners === 1 ? 'one examiner' : `${examiners} examiners`;
  const how = disagree ? ' that disagree' : by === 'agreeing' ? '' : ', fewer than the policy asks for';
  return `examined by ${who}${how}: ${describeInterval(metric, score, interval, limit)}`;
}

/** The same of the score that decides; undefined if nothing that was examined has a limit. */
export function describeExamVerdict(verdict: ExamVerdict): string | undefined {
  const score = failedScore(verdict) ?? verdict.scores[0];
  return score && describeExamScore(verdict, score);
}

/** One sentence without a full stop, true whether the gap speaks or not. */
export function describeGap({
  what,
  expected,
  found,
  compared,
  tolerance,
  evidence,
  limit,
}: GapNumbers): string {
  const means =
    what === 'self'
      ? `examined ${found.toFixed(2)} over ${count(compared, 'item')}, and at least ${expected.toFixed(2)} by its own measure`
      : `${found.toFixed(2)} at paraphrased items, and ${expected.toFixed(2)} at the known ones, over ${count(compared, 'pair')}`;
  return `${means}: the evidence of a gap above ${tolerance.toFixed(2)} is ${Math.floor(evidence)}, and the policy acts at ${limit}`;
}

/** @param ageMs absent: the node has never been examined */
export function describeMissing({
  ageMs,
  maxAgeMs,
}: {
  readonly ageMs?: number;
  readonly maxAgeMs: number;
}): string {
  const allowed = `${Math.round(maxAgeMs / 1_000)} s`;
  return ageMs === undefined
    ? `no exam of the node has been closed yet; the policy asks for one every ${allowed}`
    : `the last exam was closed ${Math.floor(ageMs / 1_000)} s ago; the policy allows ${allowed}`;
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
