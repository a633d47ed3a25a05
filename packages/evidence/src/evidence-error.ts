// The one error of this package.

export type EvidenceErrorCode = 'invalid_file' | 'invalid_state' | 'refuted';

export class EvidenceError extends Error {
  readonly code: EvidenceErrorCode;

  constructor(code: EvidenceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EvidenceError';
    this.code = code;
  }
}
