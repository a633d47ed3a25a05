// The exams of the committed state, found by their node and by their examiners.

import type { NodeId } from '@mesh/primitives';
import type { OpenExam } from '../events/exams.ts';
import type { ExaminerRecord, ExamPoolRecord } from './exams.ts';
import type { ExamChanges, ExamsView } from './exams-view.ts';

export class ExamsState implements ExamsView {
  readonly #pools = new Map<string, ExamPoolRecord>();
  readonly #open = new Map<string, OpenExam>();
  readonly #ofNode = new Map<NodeId, string>();
  readonly #ofExaminer = new Map<NodeId, Set<string>>();
  readonly #examiners = new Map<string, ExaminerRecord>();

  pools(): Iterable<ExamPoolRecord> {
    return this.#pools.values();
  }
  pool(root: string): ExamPoolRecord | undefined {
    return this.#pools.get(root);
  }
  open(): Iterable<OpenExam> {
    return this.#open.values();
  }
  exam(examId: string): OpenExam | undefined {
    return this.#open.get(examId);
  }
  ofNode(nodeId: NodeId): OpenExam | undefined {
    const examId = this.#ofNode.get(nodeId);
    return examId === undefined ? undefined : this.#open.get(examId);
  }
  *ofExaminer(nodeId: NodeId): Iterable<OpenExam> {
    for (const examId of this.#ofExaminer.get(nodeId) ?? []) {
      const exam = this.#open.get(examId);
      if (exam !== undefined) yield exam;
    }
  }
  examiner(nodeId: string): ExaminerRecord | undefined {
    return this.#examiners.get(nodeId);
  }
  examiners(): Iterable<ExaminerRecord> {
    return this.#examiners.values();
  }

  merge({ pools, exams, examiners }: ExamChanges): void {
    for (const pool of pools) this.#pools.set(pool.root, pool);
    for (const exam of exams) {
      if (exam.closed === undefined) this.#add(exam);
      else this.#remove(exam);
    }
    for (const record of examiners) this.#examiners.set(record.nodeId, record);
  }

  #add(exam: OpenExam): void {
    this.#open.set(exam.examId, exam);
    this.#ofNode.set(exam.nodeId, exam.examId);
    for (const { examiner } of exam.assignments) {
      const exams = this.#ofExaminer.get(examiner) ?? new Set();
      this.#ofExaminer.set(examiner, exams.add(exam.examId));
    }
  }

  #remove({ examId, nodeId, assignments }: OpenExam): void {
    this.#open.delete(examId);
    if (this.#ofNode.get(nodeId) === examId) this.#ofNode.delete(nodeId);
    for (const { examiner } of assignments) {
      const exams = this.#ofExaminer.get(examiner);
      exams?.delete(examId);
      if (exams?.size === 0) this.#ofExaminer.delete(examiner);
    }
  }
}
