// What the mesh knows of exams: the pools that were loaded, the exams that are open, and what is remembered
// of each node. An exam that is closed is in the log and in the database alone.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { ClosedExam, ExamEvidence, LastExam } from '@mesh/scoring';
import type { ExamCancellation, ExamChallenge, ExamPool, OpenExam } from '../events/exams.ts';

export interface ExamPoolRecord extends ExamPool {
  readonly loadedAtMs: number;
  /** In how many exams each item has been, by its index. */
  readonly used: readonly number[];
  /** The indices of the items that are drawn no more, in the order in which they were retired. */
  readonly retired: readonly number[];
  /** No exam is drawn from it any more. */
  readonly isWithdrawn: boolean;
}

/** An exam, open or just closed. */
export interface ExamRecord extends OpenExam {
  /** Absent: it is open. */
  readonly closed?: {
    readonly atMs: number;
    readonly result: ClosedExam;
    readonly outvoted: readonly NodeId[];
    /** What was remembered of the node's newest exam that showed something: this one, if it did. */
    readonly last: LastExam | undefined;
    /** Present: nothing that was answered counts. */
    readonly cancelled?: ExamCancellation;
  };
}

/** What is remembered of a node beside its exams that are open. */
export interface NodeExams {
  /** That of the node's next exam. */
  readonly next: ExamChallenge;
  /** The newest epoch when the challenge was fixed: that of the newest exam, where there was one. */
  readonly sinceEpoch: EpochId;
  /** The newest exam; absent: none was drawn yet. */
  readonly lastExamId?: string;
  /** What the exams that are closed have shown of it, as decisions read it. */
  readonly evidence?: ExamEvidence;
}

/** The other examiners of an exam have outvoted it. */
export interface Outvote {
  readonly examId: string;
  /** The node that was examined; absent in what earlier versions remember. */
  readonly examined?: NodeId;
}

/** What is remembered of a node as an examiner. A node of which nothing is has none. */
export interface ExaminerRecord {
  readonly nodeId: NodeId;
  /** Those that count, since it was last restored; see `outvotes.ts`. */
  readonly outvotes: readonly Outvote[];
  /** The exam that cost it its role; undefined: it has it. */
  readonly suspendedBy: { readonly examId: string; readonly atMs: number } | undefined;
}

/** Whether nothing is missing any more, so that the exam can be closed before its time. */
export function isAnswered({ assignments }: Pick<OpenExam, 'assignments'>): boolean {
  return assignments.every(({ grades }) => grades !== undefined);
}
