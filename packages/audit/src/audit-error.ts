// The one error of this package. Entries, notes and proofs can come from an untrusted mirror: messages say
// what is wrong and never repeat the text.

import { PrimitivesError } from '@mesh/primitives';

export type AuditErrorCode =
  | 'invalid_entry'
  | 'entry_too_large'
  | 'not_canonical'
  | 'wrong_length'
  | 'invalid_compact_range'
  | 'out_of_range'
  | 'invalid_tile'
  | 'invalid_note'
  | 'invalid_verifier_key'
  | 'unverified_note'
  | 'invalid_checkpoint'
  | 'wrong_origin'
  | 'invalid_proof'
  | 'invalid_request';

export class AuditError extends Error {
  readonly code: AuditErrorCode;

  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AuditError';
    this.code = code;
  }
}

/** Runs a step, and turns a refusal of @mesh/primitives into this package's error. */
export function explained<T>(code: AuditErrorCode, what: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (!(cause instanceof PrimitivesError)) throw cause;
    throw new AuditError(code, `${what}: ${cause.message}`, { cause });
  }
}
