// What is remembered of a node's exams: the newest that counts, and the evidence of a gap. It is recorded
// with each closed exam, so that a decision can be replayed.

import type { EDetectorState } from '../statistics/e-detector.ts';
import type { ExamTallies } from './exam-results.ts';

/** The newest closed exam with a result that counts. */
export interface LastExam {
  readonly examId: string;
  readonly closedAtMs: number;
  readonly examiners: number;
  readonly disagree: boolean;
  /**
   * Whether doubt counts against the node: the exam before was failed. Then the score itself must reach the
   * limit.
   */
  readonly byPoint: boolean;
  readonly tallies: ExamTallies;
}

/** Evidence that a node is worse in one case than in the other. */
export interface GapEvidence {
  /** The tolerance that the evidence is about. */
  readonly tolerance: number;
  readonly evidence: EDetectorState;
  /** How many items, or pairs, were compared since the evidence was last next to nothing. */
  readonly compared: number;
  /** The sums of the better and of the worse case's grades over them. */
  readonly expected: number;
  readonly found: number;
}

/** `self`: examined against self-measured. `known`: paraphrased items against their known twins. */
export const GAPS = ['self', 'known'] as const;
export type GapName = (typeof GAPS)[number];

export interface ExamEvidence {
  /** Since when the node is to be examined: milliseconds since the Unix epoch, by the judge's clock. */
  readonly sinceMs?: number | undefined;
  readonly last?: LastExam | undefined;
  readonly gaps?: { readonly [name in GapName]?: GapEvidence | undefined } | undefined;
}
