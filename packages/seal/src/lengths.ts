// The length check that every entry point makes.

import { SealError } from './seal-error.ts';

/** @throws SealError `wrong_length` */
export function checkLength(what: string, bytes: Uint8Array, lengthBytes: number): void {
  if (!(bytes instanceof Uint8Array) || bytes.length !== lengthBytes) {
    throw new SealError('wrong_length', `${what} has ${lengthBytes} bytes; pass exactly these, decoded`);
  }
}
