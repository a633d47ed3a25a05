// Tells a refusal by its code.

import { type Problem, type ProblemCode, ProblemError } from '@mesh/protocol';

/** A refusal with one of these codes. */
export type ProblemOf<Code extends ProblemCode> = ProblemError & {
  readonly problem: Problem & { readonly code: Code };
};

/** Whether the controller refused the request, with one of these codes or, without any, with whichever. */
export function isProblem<Code extends ProblemCode = ProblemCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is ProblemOf<Code> {
  if (!(error instanceof ProblemError)) return false;
  return codes.length === 0 || (codes as readonly string[]).includes(error.problem.code);
}
