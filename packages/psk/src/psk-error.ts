// The only error class of this package. @mesh/primitives refuses malformed ids with its own error. No message
// holds secret bytes.

export type PskErrorCode = 'wrong_length' | 'same_node' | 'disposed';

export class PskError extends Error {
  readonly code: PskErrorCode;

  constructor(code: PskErrorCode, message: string) {
    super(message);
    this.name = 'PskError';
    this.code = code;
  }
}
