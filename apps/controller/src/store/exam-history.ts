// Reads exams that are closed, and the lists of examiners that exams were drawn from.

import type { ExamRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { openExamRow, type SealedExam } from './exam-rows.ts';

export class ExamHistory {
  readonly #sealer: Sealer;
  readonly #newest: Statement;
  readonly #find: Statement;
  readonly #list: Statement;

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    this.#newest = db.prepare(
      'SELECT exam_id, sealed FROM exams WHERE closed_at_ms IS NOT NULL ORDER BY closed_at_ms DESC LIMIT ?',
    );
    this.#find = db.prepare('SELECT exam_id, sealed FROM exams WHERE exam_id = ?');
    this.#list = db.prepare('SELECT ids FROM examiner_lists WHERE sha256 = ?').pluck();
  }

  /** Those that are closed, the newest first. */
  newest(limit: number): ExamRecord[] {
    return (this.#newest.all(limit) as SealedExam[]).map((row) => openExamRow(this.#sealer, row));
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
