// The one error class of this package. A prompt that fails is never an error: it is an outcome of 0.

export type HarnessErrorCode =
  | 'invalid_suite'
  | 'invalid_answer'
  | 'invalid_option'
  | 'foreign_outcome'
  /** A pool of exam items that cannot be sealed. */
  | 'invalid_pool'
  /** A draw whose inputs do not fit. */
  | 'invalid_draw'
  | 'invalid_transcript'
  /** A result file that cannot be used as a whole. */
  | 'unfit_report';

export class HarnessError extends Error {
  override readonly name = 'HarnessError';
  readonly code: HarnessErrorCode;

  constructor(code: HarnessErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
