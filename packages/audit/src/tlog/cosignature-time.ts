// When keys have cosigned a checkpoint.

import { haveSameKey, type Note, type NoteSignature } from '../note/note-text.ts';
import type { VerifierKey } from '../note/verifier-key.ts';

export const TIME_LENGTH_BYTES = 8;

/**
 * The newest time in the cosignatures by these keys. It verifies nothing: it is for a note that was verified
 * before.
 *
 * @returns seconds since 1970; undefined if none of the keys signs with a time
 */
export function newestTimeSeconds(
  { signatures }: Pick<Note, 'signatures'>,
  keys: readonly VerifierKey[],
): number | undefined {
  const timed = keys.filter(({ kind }) => kind !== 'ed25519');
  const times = signatures
    .filter((line) => timed.some((key) => haveSameKey(line, key)))
    .map(timeSecondsOf)
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** @returns undefined for a time from 2^53 seconds, and if there is none */
export function timeSecondsOf({ signature }: Pick<NoteSignature, 'signature'>): number | undefined {
  if (signature.length < TIME_LENGTH_BYTES) return undefined;
  const view = new DataView(signature.buffer, signature.byteOffset, TIME_LENGTH_BYTES);
  const seconds = Number(view.getBigUint64(0));
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}
