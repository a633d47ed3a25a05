// The names of exams and of pools, in messages and in paths.

import * as z from 'zod';

export class ExamIdError extends Error {
  readonly code = 'exam_id_invalid';
  constructor(message: string) {
    super(message);
    this.name = 'ExamIdError';
  }
}

const EXAM_ID = /^[0-9a-f]{32}$/;
const POOL_NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** Names an exam. */
export const examId = z.string().regex(EXAM_ID, 'must be 32 lower-case hex digits');

/** Names a pool of exam items. */
export const poolName = z
  .string()
  .regex(POOL_NAME, 'must be 1 to 32 characters of a-z 0-9 -, with no - at an end');

/** @throws ExamIdError for anything but 32 lower-case hex digits */
export function parseExamId(text: string | undefined): string {
  if (text === undefined || !EXAM_ID.test(text))
    throw new ExamIdError('the id of an exam is 32 hex digits; meshctl exam list shows them');
  return text;
}

/** @throws ExamIdError for anything but 1 to 32 of a-z, 0-9 and -, with no - at an end */
export function parsePoolName(text: string | undefined): string {
  if (text === undefined || !POOL_NAME.test(text))
    throw new ExamIdError('the name of a pool is 1 to 32 of a-z 0-9 -; meshctl exam pools shows them');
  return text;
}
