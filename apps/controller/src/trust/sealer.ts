// What must persist and must not be read from a stolen database file is sealed under the master key.

/**
 * Authenticated encryption at rest. `purpose` (a constant) and `subject` (what it belongs to) are bound in:
 * what was sealed for one place cannot be opened in another.
 */
export interface Sealer {
  seal(purpose: string, subject: string, plaintext: Uint8Array): Uint8Array;
  /** @throws when the bytes were not sealed under this key for this place */
  open(purpose: string, subject: string, sealed: Uint8Array): Uint8Array;
}
