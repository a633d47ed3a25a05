// The only error class of this package. @mesh/primitives refuses malformed ids with its own error. No message
// holds secret bytes. Everything that cannot be opened gives the same error: see `cannot_open`.

export type SealErrorCode =
  | 'unknown_suite'
  | 'wrong_length'
  | 'invalid_public_key'
  | 'invalid_version'
  | 'spent_randomness'
  | 'message_limit'
  | 'cannot_open'
  | 'disposed';

export class SealError extends Error {
  readonly code: SealErrorCode;

  constructor(code: SealErrorCode, message: string) {
    super(message);
    this.name = 'SealError';
    this.code = code;
  }
}
