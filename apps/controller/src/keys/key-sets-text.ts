// Writes the keys of a config as RFC 8785 JSON, into bytes and never into a string, because bytes can be
// zeroed.
//
//   {"current":{"epoch_id":7,"psks":{"node-b":"base64",…}},"next":{"activate_at":"…","epoch_id":8,"psks":{…}}}

import { compareIds, type EpochId, type NodeId, utf8 } from '@mesh/primitives';

const PSK_LENGTH_BYTES = 32;
const PSK_TEXT_LENGTH = 44;
const ALPHABET = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PAD = 0x3d;

export interface KeySetParts {
  readonly epochId: EpochId;
  /** RFC 3339; absent for the epoch in force. */
  readonly activateAt?: string;
  readonly peerIds: readonly NodeId[];
  /** 32 bytes for each peer, in the order of `peerIds`. */
  readonly psks: Uint8Array;
}

/**
 * @returns the UTF-8 of `canonicalJson({ current?, next? })`; the caller wipes it. No other copy of a PSK is
 *   made
 */
export function writeKeySets(sets: {
  readonly current?: KeySetParts;
  readonly next?: KeySetParts;
}): Uint8Array {
  // Sorted already: "current" stands before "next".
  const named = Object.entries(sets) as [string, KeySetParts][];
  const lengths = named.map(([name, set]) => headOf(name, set).length + lengthOfPsks(set) + '}}'.length);
  // The text around the sets: two braces, and a comma between two sets.
  const text = new AsciiText(
    lengths.reduce((sum, length) => sum + length, 2 + Math.max(0, named.length - 1)),
  );
  text.write('{');
  for (const [place, [name, set]] of named.entries()) {
    if (place > 0) text.write(',');
    text.write(headOf(name, set));
    writePsks(text, set);
    text.write('}}');
  }
  text.write('}');
  return text.bytes;
}

function headOf(name: string, { epochId, activateAt }: KeySetParts): string {
  const when = activateAt === undefined ? '' : `"activate_at":"${activateAt}",`;
  return `"${name}":{${when}"epoch_id":${epochId},"psks":{`;
}

/** `"id":"psk"`, and a comma between two. */
function lengthOfPsks({ peerIds }: KeySetParts): number {
  const perPeer = '"":""'.length + PSK_TEXT_LENGTH;
  const ids = peerIds.reduce((sum, id) => sum + id.length, 0);
  return ids + perPeer * peerIds.length + Math.max(0, peerIds.length - 1);
}

function writePsks(text: AsciiText, { peerIds, psks }: KeySetParts): void {
  if (psks.length !== PSK_LENGTH_BYTES * peerIds.length) throw new RangeError('32 bytes a peer are needed');
  const order = inOrder(peerIds);
  for (let place = 0; place < peerIds.length; place++) {
    const at = order === undefined ? place : (order[place] as number);
    text.write(place === 0 ? '"' : ',"');
    text.write(peerIds[at] as NodeId);
    text.write('":"');
    text.writePsk(psks, PSK_LENGTH_BYTES * at);
    text.write('"');
  }
}

/**
 * The places of the ids in their order; undefined if they stand in order already, as the caller's usually do.
 */
function inOrder(ids: readonly NodeId[]): number[] | undefined {
  const isOrdered = ids.every((id, at) => at === 0 || compareIds(ids[at - 1] as NodeId, id) <= 0);
  if (isOrdered) return undefined;
  return [...ids.keys()].sort((one, other) => compareIds(ids[one] as NodeId, ids[other] as NodeId));
}

/**
 * Text of a known length, written from beginning to end. It has thousands of pieces, and no object is created
 * for a piece.
 */
class AsciiText {
  readonly bytes: Uint8Array;
  #end = 0;

  constructor(lengthBytes: number) {
    this.bytes = new Uint8Array(lengthBytes);
  }

  /** Identifiers and instants are ASCII by their grammars, and JSON escapes nothing in them. */
  write(ascii: string): void {
    for (let at = 0; at < ascii.length; at++) this.bytes[this.#end++] = ascii.charCodeAt(at);
  }

  /** Writes the 32 bytes at `from` as 44 characters of base64, of which the last is padding. */
  writePsk(psks: Uint8Array, from: number): void {
    const byteAt = (at: number) => (at < PSK_LENGTH_BYTES ? (psks[from + at] ?? 0) : 0);
    let place = this.#end;
    for (let at = 0; at < PSK_LENGTH_BYTES; at += 3) {
      const group = (byteAt(at) << 16) | (byteAt(at + 1) << 8) | byteAt(at + 2);
      this.bytes[place++] = ALPHABET[group >> 18] ?? 0;
      this.bytes[place++] = ALPHABET[(group >> 12) & 63] ?? 0;
      this.bytes[place++] = ALPHABET[(group >> 6) & 63] ?? 0;
      this.bytes[place++] = ALPHABET[group & 63] ?? 0;
    }
    this.#end += PSK_TEXT_LENGTH;
    this.bytes[this.#end - 1] = PAD;
  }
}
