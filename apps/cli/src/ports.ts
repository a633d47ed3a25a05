// What meshctl needs of the world; compose.ts passes the real things.

import type { SecretBytes } from '@mesh/primitives';
import type { FetchLike } from '@mesh/protocol';

export interface Ports {
  /** Results: what a script reads. */
  writeOut(text: string): void;
  /** Everything for people's eyes beside the result: errors, notes, questions. */
  writeError(text: string): void;
  /** Whether results go to a terminal that shows colours, and may. */
  readonly colours: boolean;
  /** Asks at the terminal. `undefined`: there is no terminal, or it was closed without an answer. */
  ask(question: string): Promise<string | undefined>;
  /** A connection to a controller's unix socket; nothing is opened before the first call. */
  connect(socketPath: string): { readonly fetch: FetchLike; close(): void };
  /** Makes a new file that only this user can read. Throws when one is there already or it cannot be made. */
  createSecretFile(path: string): SecretFile;
  /** A file that only this user can read. Throws HostError where it is not. */
  readSecretFile(path: string): SecretBytes;
  randomBytes(length: number): Uint8Array;
  nowMs(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A new, empty file with mode 0600. Exactly one of the two is called, once. */
export interface SecretFile {
  /** On disk when this returns; where it throws, the file is gone. */
  save(text: string): void;
  /** Removes the file again. */
  discard(): void;
}
