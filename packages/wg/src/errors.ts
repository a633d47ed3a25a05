// The only error class of this package: a closed code, a message that says what to do next, and never a
// secret.

export type WgErrorCode =
  | 'invalid_key'
  | 'invalid_address'
  | 'invalid_endpoint'
  | 'invalid_cidr'
  | 'invalid_interface_name'
  | 'invalid_number'
  | 'invalid_config'
  | 'invalid_change'
  | 'invalid_uapi'
  | 'invalid_dump'
  | 'duplicate_peer'
  | 'duplicate_allowed_ip'
  | 'same_key'
  | 'device_error';

/** Where the fault is: `line` counts from 1 in the given text; `errno` is the device's answer. */
export interface WgErrorPlace {
  readonly line?: number;
  readonly errno?: number;
}

export class WgError extends Error {
  readonly code: WgErrorCode;
  readonly line: number | undefined;
  readonly errno: number | undefined;

  constructor(code: WgErrorCode, message: string, place: WgErrorPlace = {}) {
    super(place.line === undefined ? message : `line ${place.line}: ${message}`);
    this.name = 'WgError';
    this.code = code;
    this.line = place.line;
    this.errno = place.errno;
  }
}

/** Runs `read`. If it throws a WgError, adds the line on which the text is wrong. */
export function atLine<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw withLine(error, line);
  }
}

/** The error with the line on which the text is wrong, if it is a WgError that names none. */
export function withLine(error: unknown, line: number): unknown {
  if (!(error instanceof WgError) || error.line !== undefined) return error;
  return new WgError(error.code, error.message, { line });
}
