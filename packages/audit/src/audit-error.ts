// The one error of this package. Log entries can come from an untrusted mirror: messages say what is wrong
// with an entry and never repeat its text.

export type AuditErrorCode =
  | 'invalid_entry'
  | 'entry_too_large'
  | 'not_canonical'
  | 'wrong_length'
  | 'invalid_compact_range';

export class AuditError extends Error {
  readonly code: AuditErrorCode;

  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AuditError';
    this.code = code;
  }
}
