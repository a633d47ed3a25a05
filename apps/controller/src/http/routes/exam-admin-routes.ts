// GET /v1/exams, /v1/exams/{exam_id} and …/proof: of the administration.

import type { CommandContext, ExamRecord, MeshView } from '@mesh/membership';
import { type ExamSummary, type PageQuery, ProblemError, pageQuery, problem } from '@mesh/protocol';
import { examVerdict } from '@mesh/scoring';
import type { Handler } from 'hono';
import { type ProveExamPorts, proveExam } from '../../publish/prove-exam.ts';
import type { ExamHistory } from '../../store/exam-history.ts';
import { readQuery } from '../receive/read-query.ts';
import { type ExamPagePorts, examPage, newestFirst } from '../respond/exam-page.ts';
import { examSummaryOf } from '../respond/exam-summary.ts';

export interface ExamAdminPorts extends ProveExamPorts, ExamPagePorts {
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
  readonly examHistory: Pick<ExamHistory, 'newest' | 'find' | 'examiners'>;
}

/** How many exams that are closed are listed where nobody asks for pages. */
const MOST_CLOSED = 200;

export function examsRoute(ports: ExamAdminPorts): Handler {
  return (context) => {
    const { exams, ...rest } = examsOf(ports, readQuery(context, pageQuery));
    return context.json({ exams: exams.map((exam) => summaryOf(ports, exam)), ...rest });
  };
}

export function examRoute(ports: ExamAdminPorts): Handler {
  return (context) => context.json(summaryOf(ports, existingExam(ports, context.req.param('exam_id'))));
}

export function proveExamRoute(ports: ExamAdminPorts): Handler {
  return (context) => {
    const exam = existingExam(ports, context.req.param('exam_id'));
    const file = proveExam(ports, exam);
    if (file === undefined)
      throw new ProblemError(
        problem(
          'state_conflict',
          exam.closed === undefined
            ? `exam ${exam.examId} is open: it can be shown once it is closed`
            : `the newest head of the log does not cover exam ${exam.examId} yet; ask again in a moment`,
        ),
      );
    return context.json({ file });
  };
}

/** Open ones first. */
function examsOf(ports: ExamAdminPorts, query: PageQuery) {
  if (query.limit !== undefined || query.cursor !== undefined) return examPage(ports, query);
  return { exams: [...newestFirst(ports.view.exams().open()), ...ports.examHistory.newest(MOST_CLOSED)] };
}

function summaryOf({ view, journal }: ExamAdminPorts, exam: ExamRecord): ExamSummary {
  const { policy } = journal.context();
  return examSummaryOf(exam, (last) => examVerdict(policy, view.node(exam.nodeId)?.class, last));
}

/** @throws ProblemError `not_found` */
function existingExam({ view, examHistory }: ExamAdminPorts, examId = ''): ExamRecord {
  const exam = view.exams().exam(examId) ?? examHistory.find(examId);
  if (exam === undefined)
    throw new ProblemError(
      problem('not_found', `there is no exam ${examId}, or it was erased; list them with: meshctl exam list`),
    );
  return exam;
}
