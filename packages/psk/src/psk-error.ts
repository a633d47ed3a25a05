// The one error of this package. Malformed ids are refused by @mesh/primitives with its own error. No message holds
// secret bytes.

export type PskErrorCode = 'wrong_length' | 'same_node' | 'disposed';

export class PskError extends Error {
  readonly code: PskErrorCode;

  constructor(code: PskErrorCode, message: string) {
    super(message);
    this.name = 'PskError';
    this.code = code;
  }
}
