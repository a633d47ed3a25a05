// The only error class of meshctl itself. It has an exit code, and a message that says what to do next.

import type { exitCodes } from './exit-codes.ts';

export type CliErrorCode = Exclude<keyof typeof exitCodes, 'ok'>;

export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}
