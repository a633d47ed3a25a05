// The probe packets that nodes exchange on their overlay addresses: "mprb" ‖ 1 (question) or 2 (answer) ‖
// nonce[16]. Questions and answers have the same length, so that a node cannot be abused for amplification.

import { concatBytes, toHex } from '@mesh/primitives';

const MAGIC = Uint8Array.of(0x6d, 0x70, 0x72, 0x62);
export const NONCE_BYTES = 16;
const LENGTH_BYTES = MAGIC.length + 1 + NONCE_BYTES;

export type ProbeKind = 'question' | 'answer';

export interface ProbePacket {
  readonly kind: ProbeKind;
  /** Hex. */
  readonly nonce: string;
}

export function renderProbe(kind: ProbeKind, nonce: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_BYTES) throw new RangeError(`a probe's nonce has ${NONCE_BYTES} bytes`);
  return concatBytes(MAGIC, Uint8Array.of(kind === 'question' ? 1 : 2), nonce);
}

/** @returns undefined for anything else */
export function parseProbe(bytes: Uint8Array): ProbePacket | undefined {
  if (bytes.length !== LENGTH_BYTES || !MAGIC.every((byte, at) => bytes[at] === byte)) return undefined;
  const kind = bytes[MAGIC.length] === 1 ? 'question' : bytes[MAGIC.length] === 2 ? 'answer' : undefined;
  return kind === undefined ? undefined : { kind, nonce: toHex(bytes.subarray(MAGIC.length + 1)) };
}

/** The answer to a question: the same nonce. */
export function answerTo(question: Uint8Array): Uint8Array {
  return renderProbe('answer', question.subarray(MAGIC.length + 1));
}
