// Why two trees could not be compared. The message says what to do.

export type CompareErrorCode =
  /** A program is not on the PATH. */
  | 'no-program'
  /** The tree is not the top of a git repository. */
  | 'no-repository'
  | 'unknown-ref'
  /** A tree has no benchmarks, or lacks one that was named. */
  | 'no-benchmark'
  /** The base's tree could not be written, or its packages could not be installed. */
  | 'base-not-laid-out'
  /** A benchmark ended without its document. */
  | 'turn-failed';

export class CompareError extends Error {
  readonly code: CompareErrorCode;

  constructor(code: CompareErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
