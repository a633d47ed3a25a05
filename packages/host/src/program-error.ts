// Why a program that serves does not start or a command of it fails: a closed set of codes, each with the
// exit code that scripts and service managers can rely on. The message says what to do next.

import { exitCodesHelp } from './exit-codes-help.ts';
import { type FailureKind, failureKindOf } from './failure-kind.ts';

export const programExitCodes = {
  /** Any other failure. */
  failed: 1,
  /** The command line, a setting or a file cannot be used. Every start fails until that is corrected. */
  usage: 2,
  /** The disk is full or fails, or the database is locked. A later start may succeed. */
  storage: 3,
  /** A port or a socket is taken, or the host lacks the address. A later start may succeed. */
  address: 4,
  /** Another process of the program has this data directory. */
  already_running: 5,
} as const;

export type ProgramErrorCode = keyof typeof programExitCodes;

/** Each program has its own subclass. */
export class ProgramError extends Error {
  readonly code: ProgramErrorCode;

  constructor(code: ProgramErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const CODES: Readonly<Record<FailureKind, ProgramErrorCode>> = {
  settings: 'usage',
  storage: 'storage',
  address: 'address',
  running: 'already_running',
  connection: 'failed',
  other: 'failed',
};

/** The exit code of a process that ends with this thrown value: one of {@link programExitCodes}. */
export function programExitCodeOf(error: unknown): number {
  return programExitCodes[error instanceof ProgramError ? error.code : CODES[failureKindOf(error)]];
}

/** The part of --help about the exit codes. @param own what only this program can say of two of them */
export function programExitCodesHelp(own: Readonly<Record<'address' | 'already_running', string>>): string {
  return exitCodesHelp(programExitCodes, {
    failed: 'failed; the message says why',
    usage: 'the command line, a setting or a file cannot be used: no start succeeds until that is corrected',
    storage: 'the disk is full or fails, or the database is locked',
    ...own,
  });
}
