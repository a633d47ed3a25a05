// A page of exams: those that are open, then those that are closed, the newest first in both. An exam that is
// closed between two pages may come twice.

import type { ExamRecord, MeshView } from '@mesh/membership';
import { MAX_PAGE, type PageQuery, ProblemError, problem } from '@mesh/protocol';
import type { ClosedExam, ExamHistory } from '../../store/exam-history.ts';

export interface ExamPagePorts {
  readonly view: MeshView;
  readonly examHistory: Pick<ExamHistory, 'newest'>;
}

/** What a cursor says of the last exam of a page. */
interface Place extends ClosedExam {
  readonly state: 'open' | 'closed';
}

export function examPage({ view, examHistory }: ExamPagePorts, { limit = MAX_PAGE, cursor }: PageQuery) {
  const after = cursor === undefined ? undefined : placeOf(cursor);
  const open =
    after?.state === 'closed'
      ? []
      : newestFirst(view.exams().open()).filter((exam) => after === undefined || comesAfter(exam, after));
  const wanted = limit + 1;
  const closed =
    open.length >= wanted
      ? []
      : examHistory.newest(wanted - open.length, after?.state === 'closed' ? after : undefined);
  const found: readonly ExamRecord[] = [...open, ...closed];
  const exams = found.slice(0, limit);
  const last = exams.at(-1);
  return { exams, next_cursor: last !== undefined && found.length > limit ? cursorOf(last) : null };
}

export const newestFirst = (exams: Iterable<ExamRecord>): ExamRecord[] =>
  [...exams].sort((one, other) => other.startsAtMs - one.startsAtMs || (one.examId < other.examId ? 1 : -1));

const comesAfter = ({ startsAtMs, examId }: ExamRecord, after: Place): boolean =>
  startsAtMs < after.atMs || (startsAtMs === after.atMs && examId < after.examId);

const cursorOf = ({ closed, startsAtMs, examId }: ExamRecord): string =>
  closed === undefined ? `open.${startsAtMs}.${examId}` : `closed.${closed.atMs}.${examId}`;

/** @throws ProblemError `invalid_parameter` */
function placeOf(cursor: string): Place {
  const [, state, atMs, examId] = /^(open|closed)\.(\d{1,15})\.([0-9a-f]{32})$/.exec(cursor) ?? [];
  if ((state !== 'open' && state !== 'closed') || examId === undefined)
    throw new ProblemError(problem('invalid_parameter', 'cursor: must be the next_cursor of a page'));
  return { state, atMs: Number(atMs), examId };
}
