// Gives an examiner that was outvoted its role back. That it loses the role is decided when an exam is
// closed.

import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import { type Command, done, refused } from './outcome.ts';

export interface ExaminerRestoration {
  /** As the operator wrote it. */
  readonly nodeId: string;
  readonly why: string;
  readonly actor: Actor;
}

/** Also for one that was outvoted and has its role still: it is forgotten then. */
export function restoreExaminer({ nodeId, why, actor }: ExaminerRestoration): Command {
  return (view) => {
    const record = view.exams().examiner(nodeId);
    if (record === undefined || (record.suspendedBy === undefined && record.outvotes.length === 0))
      return refused(
        problem(
          view.node(nodeId) === undefined ? 'not_found' : 'state_conflict',
          `node ${nodeId} was not outvoted, and nothing was changed; list the examiners with: meshctl examiners list`,
        ),
      );
    return done([{ type: 'examiner_restored', nodeId: record.nodeId, why, actor }]);
  };
}
