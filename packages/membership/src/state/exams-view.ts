// How exams are read, and what a change of them is.

import type { NodeId } from '@mesh/primitives';
import type { ExaminerList, OpenExam } from '../events/exams.ts';
import type { ExaminerRecord, ExamPoolRecord, ExamRecord } from './exams.ts';

export interface ExamsView {
  /** Every pool that was ever loaded, the oldest first. */
  pools(): Iterable<ExamPoolRecord>;
  pool(root: string): ExamPoolRecord | undefined;
  open(): Iterable<OpenExam>;
  /** @returns undefined if there was no such exam, or it is closed */
  exam(examId: string): OpenExam | undefined;
  /** The exam in which the node is examined now. */
  ofNode(nodeId: NodeId): OpenExam | undefined;
  /** The exams that are open in which the node is an examiner. */
  ofExaminer(nodeId: NodeId): Iterable<OpenExam>;
  /** @returns undefined if nothing is remembered of the node as an examiner */
  examiner(nodeId: string): ExaminerRecord | undefined;
  examiners(): Iterable<ExaminerRecord>;
}

export interface ExamChanges {
  readonly pools: Iterable<ExamPoolRecord>;
  /** Those that were drawn, that changed, or that were closed. */
  readonly exams: Iterable<ExamRecord>;
  readonly examiners: Iterable<ExaminerRecord>;
  /** For the store alone: those that exams were drawn from. */
  readonly lists?: Iterable<ExaminerList>;
}

/** The pool from which exams are drawn for a policy that names it: the newest that is not withdrawn. */
export function poolInUse(view: Pick<ExamsView, 'pools'>, name: string): ExamPoolRecord | undefined {
  let newest: ExamPoolRecord | undefined;
  for (const pool of view.pools()) if (pool.name === name && !pool.isWithdrawn) newest = pool;
  return newest;
}
