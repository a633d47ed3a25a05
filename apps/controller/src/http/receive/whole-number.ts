// Reads a whole number from the query of a request.

import { ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';

/** @throws ProblemError `invalid_parameter` */
export function wholeNumber(context: Context, name: string, fallback: number, largest: number): number {
  const text = context.req.query(name);
  if (text === undefined) return fallback;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= largest))
    throw new ProblemError(problem('invalid_parameter', `${name} must be a whole number up to ${largest}`));
  return value;
}
