// A layer over the exams, in which commands' events are tried out.

import type { NodeId } from '@mesh/primitives';
import type { ExaminerList, OpenExam } from '../events/exams.ts';
import type { ExaminerRecord, ExamPoolRecord, ExamRecord } from './exams.ts';
import type { ExamChanges, ExamsView } from './exams-view.ts';
import { layered } from './layered.ts';

export class ExamsDraft implements ExamsView {
  readonly #base: ExamsView;
  readonly #pools = new Map<string, ExamPoolRecord>();
  readonly #exams = new Map<string, ExamRecord>();
  readonly #examiners = new Map<string, ExaminerRecord>();

  readonly #lists = new Map<string, ExaminerList>();

  constructor(base: ExamsView) {
    this.#base = base;
  }

  pools(): Iterable<ExamPoolRecord> {
    return layered(this.#base.pools(), this.#pools, ({ root }) => root);
  }
  pool(root: string): ExamPoolRecord | undefined {
    return this.#pools.get(root) ?? this.#base.pool(root);
  }
  open(): Iterable<OpenExam> {
    return this.#over(this.#base.open(), () => true);
  }
  exam(examId: string): OpenExam | undefined {
    const own = this.#exams.get(examId);
    if (own === undefined) return this.#base.exam(examId);
    return own.closed === undefined ? own : undefined;
  }
  ofNode(nodeId: NodeId): OpenExam | undefined {
    const before = this.#base.ofNode(nodeId);
    const isOf = (exam: OpenExam) => exam.nodeId === nodeId;
    const [exam] = this.#over(before === undefined ? [] : [before], isOf);
    return exam;
  }
  ofExaminer(nodeId: NodeId): Iterable<OpenExam> {
    return this.#over(this.#base.ofExaminer(nodeId), ({ assignments }) =>
      assignments.some(({ examiner }) => examiner === nodeId),
    );
  }
  examiner(nodeId: string): ExaminerRecord | undefined {
    return this.#examiners.get(nodeId) ?? this.#base.examiner(nodeId);
  }
  examiners(): Iterable<ExaminerRecord> {
    return layered<string, ExaminerRecord>(this.#base.examiners(), this.#examiners, ({ nodeId }) => nodeId);
  }

  putPool(pool: ExamPoolRecord): void {
    this.#pools.set(pool.root, pool);
  }
  putExam(exam: ExamRecord): void {
    this.#exams.set(exam.examId, exam);
  }
  putList(list: ExaminerList): void {
    this.#lists.set(list.sha256, list);
  }
  putExaminer(record: ExaminerRecord): void {
    this.#examiners.set(record.nodeId, record);
  }

  changes(): ExamChanges {
    return {
      pools: this.#pools.values(),
      exams: this.#exams.values(),
      examiners: this.#examiners.values(),
      lists: this.#lists.values(),
    };
  }
  merge({ pools, exams, examiners, lists = [] }: ExamChanges): void {
    for (const pool of pools) this.putPool(pool);
    for (const exam of exams) this.putExam(exam);
    for (const record of examiners) this.putExaminer(record);
    for (const list of lists) this.putList(list);
  }

  *#over(base: Iterable<OpenExam>, isMeant: (exam: OpenExam) => boolean): Iterable<OpenExam> {
    for (const exam of base) if (!this.#exams.has(exam.examId)) yield exam;
    for (const exam of this.#exams.values()) if (exam.closed === undefined && isMeant(exam)) yield exam;
  }
}
