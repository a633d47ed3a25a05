// The ports of meshctl. compose.ts builds the real implementations.

import type { SecretBytes } from '@mesh/primitives';
import type { FetchLike } from '@mesh/protocol';

export interface NetworkDoor {
  readonly kind: 'network';
  /** `https://host:port` */
  readonly url: string;
  /** Base64url of SHA-256 of the public key info of each CA that is trusted. */
  readonly caPins: readonly string[];
  readonly credentials:
    | { readonly kind: 'key'; readonly keyFile: string }
    | { readonly kind: 'certificate'; readonly certFile: string; readonly keyFile: string };
}

export type Door = { readonly kind: 'socket'; readonly path: string } | NetworkDoor;

/** What a connection presents: a header, or a certificate with its key as PEM. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface Connection {
  readonly fetch: FetchLike;
  close(): void;
}

export interface Ports {
  /** Writes results, which scripts read. */
  writeOut(text: string): void;
  /** Writes everything else, which is for people: errors, notes, questions. */
  writeError(text: string): void;
  /** Whether results go to a terminal that shows colours, and colours are allowed. */
  readonly colours: boolean;
  /**
   * The size of the terminal that results go to, in characters; undefined if they go elsewhere, or the
   * terminal moves no cursor.
   */
  screen(): { readonly columns: number; readonly rows: number } | undefined;
  /** Whether what is for people goes to a terminal. */
  readonly isTerminal: boolean;
  /** Asks a question at the terminal. The answer is undefined if there is no terminal or it was closed. */
  ask(question: string): Promise<string | undefined>;
  /** A connection to a controller. It opens nothing before the first call. */
  connect(door: Door, credentials: Credentials | undefined): Connection;
  /** Makes a new file that only this user can read. Throws if the file exists or cannot be made. */
  createSecretFile(path: string): SecretFile;
  /**
   * Reads a file that only this user can read. Throws HostError if others can read it or it cannot be read.
   */
  readSecretFile(path: string): SecretBytes;
  /**
   * Reads a file that only this user can change. Throws CliError if others can change it, else the system's
   * error if it cannot be read.
   */
  readTextFile(path: string): string;
  /**
   * Reads a file in UTF-8, no matter who can change it. Throws CliError if it cannot be read, is longer or is
   * not UTF-8.
   */
  readDocument(path: string, maxBytes: number): string;
  /** Makes a new file with this text, mode 0600. Rejects with CliError if there is one already. */
  createFile(path: string, text: string): Promise<void>;
  /** Puts this text in the place of a file's, mode 0600, whole or not at all. Rejects with CliError. */
  replaceFile(path: string, text: string): Promise<void>;
  /** Makes a new, empty file, mode 0600. Throws CliError if there is one already, or it cannot be made. */
  createNewFile(path: string): NewFile;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
  randomBytes(length: number): Uint8Array;
  nowMs(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A new, empty file with mode 0600. Call either `save` or `discard`, once. */
export interface SecretFile {
  /** Writes the text, which is on disk when this returns. If it throws, the file has been removed. */
  save(text: string): void;
  /** Removes the file again. */
  discard(): void;
}

/** A new file that is written piece by piece. Its methods throw CliError if the disk refuses. */
export interface NewFile {
  write(bytes: Uint8Array): void;
  /** The file is on disk when this returns. */
  save(): void;
  /** Removes it. */
  discard(): void;
}
