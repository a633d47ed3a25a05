// Grades the answers of a transcript by what the controller has said about its items.

import { ASSERTION_TYPES, type Assertion, parseTranscript } from '@mesh/harness';
import { defined } from '@mesh/primitives';
import type { ExamGrade, ExamGrading } from '@mesh/protocol';
import type { UngradedAnswer } from '../measure/child/service-job.ts';
import type { AssignedExam } from './assigned-exam.ts';
import type { ExamFile } from './exam-folder.ts';
import type { ExamPorts } from './exam-ports.ts';
import { ExamTrouble } from './exam-trouble.ts';

type Grading = ExamGrading['grading'];
type WireAssertion = Grading[number]['assert'][number];

/** The answers that one process grades, in characters, so that its input stays small. */
const BATCH_CHARS = 1_048_576;
/** How long all patterns of an exam may take; half of the time that is left at most. */
const MOST_PATTERNS_MS = 60_000;
const LEAST_PATTERNS_MS = 1_000;

/**
 * @returns one grade for each item, in the order of the transcript
 * @throws ExamTrouble `grading` if an item cannot be graded; MeasurementError if the process fails
 */
export async function gradeExam(
  exam: AssignedExam,
  file: ExamFile,
  grading: Grading,
  ports: ExamPorts,
  signal: AbortSignal,
): Promise<ExamGrade[]> {
  const asserts = new Map(grading.map(({ index, assert }) => [index, assert.map(assertionOf)]));
  // A long transcript is in memory for as long as it is graded, and few are at a time.
  return await ports.gate.pass(`grading ${exam.examId}`, signal, async () => {
    const { answers } = parseTranscript((await file.transcript(exam)) ?? '');
    const ungraded = answers.flatMap((one): UngradedAnswer[] => {
      const assert = asserts.get(one.index);
      if (assert === undefined)
        throw cannotGrade(`the controller has not said how item ${one.index} is graded`);
      return 'answer' in one ? [{ index: one.index, answer: one.answer, assert }] : [];
    });
    const scores = await scoresOf(exam, ungraded, ports, signal);
    return answers.map((one) => {
      if ('problem' in one) return { index: one.index, score: 0, problem: one.problem };
      const score = scores.get(one.index) ?? 0;
      return { index: one.index, score, ...defined({ latency_ms: file.latencyMs(one.index) }) };
    });
  });
}

/** By the items' places in the pool. */
async function scoresOf(
  { endsAtMs }: AssignedExam,
  answers: readonly UngradedAnswer[],
  { child, regexTimeoutMs, clock }: ExamPorts,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const batches = batchesOf(answers);
  const budgetMs = Math.min(MOST_PATTERNS_MS, (endsAtMs - clock.nowMs()) / 2);
  const regexBudgetMs = Math.max(LEAST_PATTERNS_MS, budgetMs / batches.length);
  const scores = new Map<number, number>();
  for (const batch of batches) {
    const given = await child.grade(batch, { regexTimeoutMs, regexBudgetMs }, signal);
    for (const [at, { index }] of batch.entries()) scores.set(index, given[at] ?? 0);
  }
  return scores;
}

function assertionOf({ type, value, ignoreCase, threshold, weight }: WireAssertion): Assertion {
  const known = ASSERTION_TYPES.find((name) => name === type && name !== 'llm-judge');
  if (known === undefined)
    throw cannotGrade(`an item is graded by ${JSON.stringify(type)}, which this agent cannot do: update it`);
  return { type: known, value, ignoreCase, weight, ...defined({ threshold }) };
}

const cannotGrade = (message: string) => new ExamTrouble('grading', message, { passes: false });

function batchesOf(answers: readonly UngradedAnswer[]): UngradedAnswer[][] {
  const batches: UngradedAnswer[][] = [];
  let chars = Number.POSITIVE_INFINITY;
  for (const one of answers) {
    if (chars + one.answer.length > BATCH_CHARS) {
      batches.push([]);
      chars = 0;
    }
    chars += one.answer.length;
    batches.at(-1)?.push(one);
  }
  return batches;
}
