// Takes an examiner's commitment to its transcript. From here on the examiner may know how the answers are
// graded, because it cannot change them any more.

import type { Sha256Hex } from '@mesh/primitives';
import { type ExamCommitment, problem } from '@mesh/protocol';
import { findAssignment } from './find-assignment.ts';
import { type Command, done, refused } from './outcome.ts';

export interface ReceivedCommitment {
  readonly message: ExamCommitment;
  /** Of the received body. */
  readonly messageSha256: Sha256Hex;
}

/** The same commitment may come again: the answer to it may have been lost. */
export function takeExamCommitment({ message, messageSha256 }: ReceivedCommitment): Command {
  return (view, context) => {
    const found = findAssignment(view, context, message);
    if ('problem' in found) return refused(found.problem);
    const { exam, assignment } = found;
    const transcriptSha256 = message.transcript_sha256 as Sha256Hex;
    if (assignment.transcriptSha256 === transcriptSha256) return done([]);
    if (assignment.transcriptSha256 !== undefined)
      return refused(
        problem(
          'state_conflict',
          'another transcript was committed to for this exam: only that one can be graded',
        ),
      );
    const { examId } = exam;
    const { examiner } = assignment;
    return done([{ type: 'exam_committed', examId, examiner, transcriptSha256, messageSha256 }]);
  };
}
