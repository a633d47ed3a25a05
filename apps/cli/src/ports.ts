// What meshctl needs from the world; compose.ts passes the real implementations.

import type { SecretBytes } from '@mesh/primitives';
import type { FetchLike } from '@mesh/protocol';

export interface Ports {
  /** Results: what a script reads. */
  writeOut(text: string): void;
  /** Everything for people besides the result: errors, notes, questions. */
  writeError(text: string): void;
  /** Whether results go to a terminal that shows colours, and colours are allowed. */
  readonly colours: boolean;
  /** Asks at the terminal. `undefined`: there is no terminal, or it was closed without an answer. */
  ask(question: string): Promise<string | undefined>;
  /** A connection to a controller's unix socket; it opens nothing before the first call. */
  connect(socketPath: string): { readonly fetch: FetchLike; close(): void };
  /** Makes a new file that only this user can read. Throws if one exists already or it cannot be made. */
  createSecretFile(path: string): SecretFile;
  /** Reads a file that only this user can read. Throws HostError if others can, or it cannot be read. */
  readSecretFile(path: string): SecretBytes;
  randomBytes(length: number): Uint8Array;
  nowMs(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A new, empty file with mode 0600. Call exactly one of the two, once. */
export interface SecretFile {
  /** On disk when this returns; if it throws, the file is gone. */
  save(text: string): void;
  /** Removes the file again. */
  discard(): void;
}
