// Why a witness does not start or a command fails: a closed set of codes, each with the exit code that
// scripts and service managers can rely on. The message says what to do next.

export const exitCodes = {
  /** Any other failure. */
  failed: 1,
  /** The command line, a setting or a file cannot be used. Every start fails until that is corrected. */
  usage: 2,
  /** The disk is full or fails, or the database is locked. A later start may succeed. */
  storage: 3,
  /** The port is taken, or the host lacks the address. A later start may succeed. */
  address: 4,
  /** Another witness has this data directory. */
  already_running: 5,
} as const;

export type WitnessErrorCode = keyof typeof exitCodes;

export class WitnessError extends Error {
  override readonly name = 'WitnessError';
  readonly code: WitnessErrorCode;

  constructor(code: WitnessErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
