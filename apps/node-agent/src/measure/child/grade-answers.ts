// Grades answers of an exam, as those of a suite are graded.

import { gradeAnswer, type MatchRegex } from '@mesh/harness';
import type { GradingJob } from './service-job.ts';

/** @returns a score for each answer, in their order */
export async function gradeAnswers(
  { answers, regexBudgetMs }: GradingJob,
  { matchRegex, monotonicMs }: { readonly matchRegex: MatchRegex; readonly monotonicMs: () => number },
): Promise<number[]> {
  let leftMs = regexBudgetMs;
  // Answers that keep every pattern busy for its whole time must not take the time that the exam has left.
  const matchInTime: MatchRegex = async (question) => {
    if (leftMs <= 0) throw new Error('the time for patterns is over');
    const beganMs = monotonicMs();
    try {
      return await matchRegex(question);
    } finally {
      leftMs -= monotonicMs() - beganMs;
    }
  };
  const scores: number[] = [];
  for (const { index, answer, assert } of answers) {
    const prompt = { id: String(index), dimension: 'exam', prompt: '', weight: 1, assert };
    scores.push((await gradeAnswer(prompt, answer, matchInTime)).score);
  }
  return scores;
}
