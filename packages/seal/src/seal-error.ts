// The one error of this package. Malformed ids are refused by @mesh/primitives with its own error. No message holds
// secret bytes, and what could not be opened is never told apart: see `cannot_open`.

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
