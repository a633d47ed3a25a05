// Takes one exam from its first question to its result: ask, write the transcript, commit to it, grade, send.
// Each step finds what an earlier run has done, so it can be ended at any moment and begun again.

import { transcriptDigest } from '@mesh/harness';
import { formatRfc3339 } from '@mesh/primitives';
import { signMessage } from '@mesh/protocol';
import { askItems } from './ask-items.ts';
import type { AssignedExam } from './assigned-exam.ts';
import type { ExamFile } from './exam-folder.ts';
import type { ExamPorts } from './exam-ports.ts';
import type { ExamProgress } from './exam-progress.ts';
import { type ExamTrouble, troubleOf, troubleOfRequest } from './exam-trouble.ts';
import { gradeExam } from './grade-exam.ts';
import { limitedRequest } from './limited-request.ts';
import { persist } from './persist.ts';

/**
 * Resolves once the controller has the result. If this node gives none, that says nothing about the examined
 * node.
 *
 * @throws ExamTrouble if this node gives no result; the signal's reason if it aborts
 */
export async function takeExam(
  progress: ExamProgress,
  file: ExamFile,
  ports: ExamPorts,
  signal: AbortSignal,
): Promise<void> {
  const { exam } = progress;
  const { client, sign, record, timers } = ports;
  const untilTheEnd = <T>(attempt: () => Promise<T>, explain: (error: unknown) => ExamTrouble) =>
    persist(attempt, { untilMs: exam.endsAtMs, progress, troubleOf: explain }, ports, signal);
  const request = <T>(ask: (signal: AbortSignal) => Promise<T>) =>
    untilTheEnd(() => limitedRequest(timers, signal, ask), troubleOfRequest);

  const storedDigest = () =>
    untilTheEnd(async () => {
      const transcript = await file.transcript(exam);
      return transcript === undefined ? undefined : transcriptDigest(transcript);
    }, troubleOf);
  let digest = await storedDigest();
  if (digest === undefined) {
    await askItems(progress, file, ports, signal);
    digest = await storedDigest();
  }
  if (digest === undefined) throw new Error(`the answers of exam ${exam.examId} are not complete`);
  const statement = () => statementOf(exam, digest, ports);

  progress.asked = exam.items.length;
  progress.step = 'committing';
  const { grading } = await request((within) =>
    client.commitExam(signMessage('exam_commitment', statement(), sign), within),
  );
  record({ type: 'exam_committed', examId: exam.examId, transcriptSha256: digest });
  progress.step = 'grading';
  const grades = await untilTheEnd(() => gradeExam(exam, file, grading, ports, signal), troubleOf);
  progress.step = 'sending';
  await request((within) =>
    client.answerExam(signMessage('exam_result', { ...statement(), grades }, sign), within),
  );
}

function statementOf({ examId }: AssignedExam, digest: string, { enrolment, clock }: ExamPorts) {
  const { mesh_id, node_id } = enrolment();
  const timestamp = formatRfc3339(clock.nowMs());
  return { mesh_id, node_id, exam_id: examId, transcript_sha256: digest, timestamp };
}
