// Where the log has the entries of exams, of pools, and of challenges that were fixed.

import type { ExamEvent } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';

export class ExamEntries {
  readonly #insert: Statement;
  readonly #find: Statement;

  constructor(db: Database) {
    this.#insert = db.prepare('INSERT INTO exam_entries (subject, log_index) VALUES (?, ?)');
    this.#find = db
      .prepare('SELECT log_index FROM exam_entries WHERE subject = ? ORDER BY log_index')
      .pluck();
  }

  /** Call it in the transaction of the entry. */
  note(event: ExamEvent, index: number): void {
    for (const subject of subjectsOf(event)) this.#insert.run(subject, index);
  }

  /** @param subject the id of an exam, the root of a pool, or the SHA-256 of a challenge */
  of(subject: string): number[] {
    return this.#find.all(subject) as number[];
  }
}

function subjectsOf(event: ExamEvent): readonly string[] {
  switch (event.type) {
    case 'exam_pool_loaded':
      return [event.pool.root];
    case 'exam_pool_withdrawn':
    case 'exam_items_retired':
      return [event.root];
    case 'exam_promised':
      return [event.next.sha256];
    case 'exam_drawn':
      return [event.exam.examId, event.next.sha256];
    case 'exam_committed':
    case 'exam_result':
    case 'exam_closed':
    case 'examiner_suspended':
      return [event.examId];
    case 'examiner_restored':
      return [];
    default:
      return event satisfies never;
  }
}
