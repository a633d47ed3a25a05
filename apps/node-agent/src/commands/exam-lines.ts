// What `mesh-agent status` prints of this node as an examiner.

import type { AgentStatus, ExamStatus } from '../status/agent-status.ts';

/** No line while there is nothing to say. */
export function examLines({ exams }: Pick<AgentStatus, 'exams'>): string[] {
  if (exams === null) return ['exams        off: this node gives no results as an examiner'];
  return exams.length === 0 ? [] : ['exams', ...exams.map(examLine)];
}

const STEPS: Readonly<Record<ExamStatus['step'], string>> = {
  asking: 'asks',
  committing: 'sends its commitment',
  grading: 'grades',
  sending: 'sends its result',
  sent: 'result sent',
  given_up: 'GIVEN UP, no result',
  withdrawn: 'closed by the controller, no result',
};

function examLine({
  exam_id: id,
  examined,
  step,
  asked,
  items,
  ends_at: endsAt,
  trouble,
}: ExamStatus): string {
  const why = trouble === null ? '' : ` — ${trouble.code}: ${trouble.message}`;
  return `  ${id} of ${examined}: ${STEPS[step]}, ${asked} of ${items} asked, until ${endsAt}${why}`;
}
