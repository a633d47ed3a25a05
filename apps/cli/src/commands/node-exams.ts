// The exams of one node: what the last has shown, when the next is due, and how it stands as an examiner.

import type { NodeDetail } from '@mesh/protocol';
import { EXAM_OUTCOMES } from '../output/exam-outcomes.ts';
import { renderFields } from '../output/table.ts';

type NodeExams = NonNullable<NodeDetail['exams']>;

export function renderNodeExams(nodeId: string, exams: NodeExams): string {
  const { last, gaps, examiner } = exams;
  return renderFields([
    [
      'last exam',
      last === null ? 'none' : `${last.exam_id}, closed at ${last.closed_at}: ${OUTCOMES[last.outcome]}`,
    ],
    ...(last === null
      ? []
      : [
          ['verdict', last.sentence] satisfies [string, string],
          ['examined by', namesOf(last.examiners)] satisfies [string, string],
        ]),
    ...gaps.map(({ speaks, sentence }): [string, string] => [speaks ? 'GAP' : 'gap', sentence]),
    ['next exam', describeNext(exams)],
    ...(examiner === null
      ? []
      : [['as examiner', describeExaminer(nodeId, examiner)] satisfies [string, string]]),
  ]);
}

const OUTCOMES = { ...EXAM_OUTCOMES, none: 'nothing was asked for' } as const;

function namesOf(examiners: NonNullable<NodeExams['last']>['examiners']): string {
  if (examiners.length === 0) return 'unknown: the exam was erased';
  return examiners
    .map(({ node_id: id, answered, outvoted }) =>
      outvoted ? `${id} (outvoted)` : answered ? id : `${id} (no answer)`,
    )
    .join(', ');
}

function describeNext({ examined, open, overdue_since: overdue, due_by_epoch: due }: NodeExams): string {
  const late = overdue === null ? '' : `overdue since ${overdue}; `;
  if (!examined) return 'none: nodes of its class are not examined';
  if (open !== null) return `${late}under way: ${open}`;
  return due === null
    ? `${late}not promised yet`
    : `${late}by epoch ${due}, at a time that nobody can foresee`;
}

function describeExaminer(
  nodeId: string,
  { eligible, outvoted_in: outvoted, suspended_at: suspended }: NonNullable<NodeExams['examiner']>,
): string {
  return [
    suspended !== null
      ? `suspended since ${suspended}: meshctl examiners restore ${nodeId}`
      : eligible
        ? 'can be drawn'
        : 'cannot be drawn now',
    outvoted.length === 0 ? 'never outvoted' : `outvoted in ${outvoted.join(', ')}`,
  ].join('; ');
}
