// The signature types of notes that this package knows, and the ids of their keys (C2SP signed-note).

import { concatBytes, portableSha256, utf8 } from '@mesh/primitives';

/** The type byte in a key's id and in its text. */
export const SIGNATURE_TYPES = {
  /** Ed25519 over the text (signed-note). */
  ed25519: 0x01,
  /** A timestamp, and Ed25519 over `cosignature/v1` (tlog-cosignature). */
  'ed25519-cosignature': 0x04,
  /** A timestamp, and ML-DSA-44 over `subtree/v1` (tlog-cosignature). */
  'ml-dsa-44-cosignature': 0x06,
} as const;

export type SignatureKind = keyof typeof SIGNATURE_TYPES;

export const KEY_ID_LENGTH_BYTES = 4;

/**
 * `SHA-256(name ‖ 0x0a ‖ type ‖ publicKey)[:4]`. It tells keys apart and proves nothing: it is short enough
 * to be forged.
 */
export function keyIdOf(name: string, kind: SignatureKind, publicKey: Uint8Array): Uint8Array {
  const type = Uint8Array.of(SIGNATURE_TYPES[kind]);
  return portableSha256(concatBytes(utf8(`${name}\n`), type, publicKey)).slice(0, KEY_ID_LENGTH_BYTES);
}

/** Whether it can name a key: not empty, without a space of Unicode, a plus or a control character. */
export function isKeyName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return name !== '' && name.isWellFormed() && !/[\p{White_Space}+\u0000-\u001f]/u.test(name);
}
