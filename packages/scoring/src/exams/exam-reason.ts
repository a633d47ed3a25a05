// What a node's exams lead to, with their numbers.

import type { ScoreInterval } from '../judge-score.ts';
import type { GapNumbers } from './exam-gap.ts';
import type { ExamAction } from './exam-rule.ts';

/** What an exam reason does to the node, as the policy says. */
export type ExamEffect = Exclude<ExamAction, 'ignore'>;

export type ExamReason =
  | {
      readonly code: 'exam_failed';
      readonly action: ExamEffect;
      /** Whether as many examiners agree as the policy asks for. */
      readonly by: 'one' | 'agreeing';
      readonly examiners: number;
      readonly disagree: boolean;
      readonly metric: string;
      readonly score: number;
      readonly limit: number;
      readonly interval: ScoreInterval;
    }
  | ({ readonly code: 'exam_gap'; readonly action: ExamEffect } & GapNumbers)
  | {
      readonly code: 'exam_missing';
      readonly action: ExamEffect;
      /** Absent: the node has never been examined. */
      readonly ageMs?: number;
      readonly maxAgeMs: number;
    };
