// The one error that this package throws. A denial is never an error: it is a decision with a reason.

export type ScoringErrorCode = 'invalid_policy' | 'invalid_time' | 'duplicate_node';

export class ScoringError extends Error {
  override readonly name = 'ScoringError';
  readonly code: ScoringErrorCode;

  constructor(code: ScoringErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
