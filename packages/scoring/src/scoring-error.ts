// The one error that this package throws. A denial is never an error: it is a decision with a reason.

export type ScoringErrorCode = 'invalid_policy' | 'invalid_time' | 'duplicate_node' | 'invalid_statistic';

/** One fault in a policy; the path begins below the policy: `['floors', 'refusal']`. */
export interface PolicyProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export class ScoringError extends Error {
  override readonly name = 'ScoringError';
  readonly code: ScoringErrorCode;
  /** The faults of an `invalid_policy`, each with its place; empty for the other codes. */
  readonly problems: readonly PolicyProblem[];

  constructor(code: ScoringErrorCode, message: string, problems: readonly PolicyProblem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}
