// Reads exams that are closed, and the lists of examiners that exams were drawn from.

import type { ExamRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { openExamRow, type SealedExam } from './exam-rows.ts';

/** The place of an exam among those that are closed. */
export interface ClosedExam {
  readonly atMs: number;
  readonly examId: string;
}

const NEWEST: ClosedExam = { atMs: Number.MAX_SAFE_INTEGER, examId: '' };

export class ExamHistory {
  readonly #sealer: Sealer;
  readonly #newest: Statement;
  readonly #find: Statement;
  readonly #list: Statement;

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    this.#newest = db.prepare(
      `SELECT exam_id, sealed FROM exams
       WHERE closed_at_ms IS NOT NULL AND (closed_at_ms, exam_id) < (?, ?)
       ORDER BY closed_at_ms DESC, exam_id DESC LIMIT ?`,
    );
    this.#find = db.prepare('SELECT exam_id, sealed FROM exams WHERE exam_id = ?');
    this.#list = db.prepare('SELECT ids FROM examiner_lists WHERE sha256 = ?').pluck();
  }

  /**
   * Those that are closed, the newest first.
   *
   * @param before only those that come after this one in that order
   */
  newest(limit: number, { atMs, examId }: ClosedExam = NEWEST): ExamRecord[] {
    return (this.#newest.all(atMs, examId, limit) as SealedExam[]).map((row) =>
      openExamRow(this.#sealer, row),
    );
  }

  /** @returns undefined if there was no such exam, or it was erased */
  find(examId: string): ExamRecord | undefined {
    const row = this.#find.get(examId) as SealedExam | undefined;
    return row === undefined ? undefined : openExamRow(this.#sealer, row);
  }

  /** @param sha256 of the list */
  examiners(sha256: string): readonly NodeId[] | undefined {
    const ids = this.#list.get(sha256) as string | undefined;
    return ids === undefined ? undefined : (JSON.parse(ids) as NodeId[]);
  }
}
