// Policies with exams, results of examiners and closed exams, for the tests.

import {
  type ClosedExam,
  closeExam,
  type ExaminerResult,
  type ExamRule,
  type ItemGrade,
  nextExam,
  type Policy,
  parsePolicy,
} from '@mesh/scoring';
import { T0 } from '../support/example-evidence.ts';

export const EXAMS = { pool: 'general', service: { port: 8000 } };

export const examPolicy = (exams: object = {}, others: object = {}): Policy =>
  parsePolicy({ threshold: 0.8, ...others, exams: { ...EXAMS, ...exams } });

export const ruleOf = (exams: object = {}): ExamRule => {
  const rule = examPolicy(exams).exams;
  if (rule === undefined) throw new Error('the example policy has exams');
  return rule;
};

/** Grades of as many items as scores, all of one dimension. */
export const gradesOf = (scores: readonly number[], dimension = 'honesty'): ItemGrade[] =>
  scores.map((score, index) => ({ index, dimension, weight: 1, score }));

/** So many items passed of so many. */
export const passing = (good: number, of: number): number[] =>
  Array.from({ length: of }, (_one, at) => (at < good ? 1 : 0));

export const resultsOf = (...scores: readonly (readonly number[])[]): ExaminerResult[] =>
  scores.map((of, at) => ({ examinerId: `examiner-${at + 1}`, grades: gradesOf(of) }));

export const closedOf = (
  results: readonly ExaminerResult[],
  changes: Partial<ClosedExam> = {},
): ClosedExam => ({
  ...closeExam(ruleOf(), { examId: 'ab'.repeat(16), closedAtMs: T0, results, pairs: [] }).closed,
  ...changes,
});

/** What is remembered of a single exam. */
export const examinedBy = (policy: Policy, ...scores: readonly (readonly number[])[]) =>
  nextExam(policy, undefined, closedOf(resultsOf(...scores)), undefined);
