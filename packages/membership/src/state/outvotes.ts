// Which outvotes cost an examiner its role. Where an examiner and the others differ, either may have lied:
// the examiner about its grades, or the examined node, which answers one examiner otherwise than the others.
// So each examined node counts once, and only for the examiners that were outvoted in one exam of it: a node
// takes the role from those alone, however often it is examined, until an operator has restored them.

import type { NodeId } from '@mesh/primitives';
import type { Outvote } from './exams.ts';
import type { ExamsView } from './exams-view.ts';

/** The outvotes of an examiner that count, with the new one if it does. */
export function outvotesAfter(
  view: Pick<ExamsView, 'examiner' | 'examiners'>,
  examiner: NodeId,
  outvote: Outvote,
): readonly Outvote[] {
  const before = view.examiner(examiner)?.outvotes ?? [];
  return counts(view, examiner, outvote) ? [...before, outvote] : before;
}

function counts(
  view: Pick<ExamsView, 'examiners'>,
  examiner: NodeId,
  { examId, examined }: Outvote,
): boolean {
  for (const { nodeId, outvotes } of view.examiners())
    for (const other of outvotes)
      if (other.examined === examined && (nodeId === examiner || other.examId !== examId)) return false;
  return true;
}
