// The keys of a config as RFC 8785 JSON, written as bytes and never as a string: bytes can be zeroed.
//
//   {"current":{"epoch_id":7,"psks":{"node-b":"base64",…}},"next":{"activate_at":"…","epoch_id":8,"psks":{…}}}

import { compareIds, type EpochId, utf8 } from '@mesh/primitives';

const PSK_LENGTH_BYTES = 32;
const PSK_TEXT_LENGTH = 44;
const ALPHABET = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const PAD = 0x3d;
const QUOTE = utf8('"');
const COMMA = utf8(',');
const END = utf8('}');

export interface KeySetParts {
  readonly epochId: EpochId;
  /** RFC 3339; absent for the epoch in force. */
  readonly activateAt?: string;
  readonly peerIds: readonly string[];
  /** 32 bytes a peer, in the order of `peerIds`. */
  readonly psks: Uint8Array;
}

/** @returns the UTF-8 of `canonicalJson({ current?, next? })`, the caller's to wipe: no other copy of a PSK is left */
export function writeKeySets(sets: {
  readonly current?: KeySetParts;
  readonly next?: KeySetParts;
}): Uint8Array {
  const named = Object.entries(sets) as [string, KeySetParts][];
  // Sorted already: "current" stands before "next".
  const pieces: Piece[] = named.flatMap(([name, set], at): Piece[] => [
    utf8(`${at === 0 ? '{' : ','}${JSON.stringify(name)}:`),
    ...piecesOf(set),
  ]);
  return join(named.length === 0 ? [utf8('{}')] : [...pieces, END]);
}

/** Text, or the place of a PSK. */
type Piece = Uint8Array | { readonly psks: Uint8Array; readonly at: number };

function piecesOf({ epochId, activateAt, peerIds, psks }: KeySetParts): Piece[] {
  if (psks.length !== PSK_LENGTH_BYTES * peerIds.length) throw new RangeError('32 bytes a peer are needed');
  const when = activateAt === undefined ? '' : `"activate_at":${JSON.stringify(activateAt)},`;
  const order = peerIds.map((id, at) => ({ id, at })).sort((a, b) => compareIds(a.id, b.id));
  return [
    utf8(`{${when}"epoch_id":${epochId},"psks":{`),
    ...order.flatMap(({ id, at }, place): Piece[] => [
      ...(place === 0 ? [] : [COMMA]),
      utf8(`${JSON.stringify(id)}:`),
      QUOTE,
      { psks, at },
      QUOTE,
    ]),
    END,
    END,
  ];
}

function join(pieces: readonly Piece[]): Uint8Array {
  const lengthOf = (piece: Piece) => (piece instanceof Uint8Array ? piece.length : PSK_TEXT_LENGTH);
  const text = new Uint8Array(pieces.reduce((sum, piece) => sum + lengthOf(piece), 0));
  let offset = 0;
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) text.set(piece, offset);
    else writeBase64(piece.psks, PSK_LENGTH_BYTES * piece.at, text, offset);
    offset += lengthOf(piece);
  }
  return text;
}

/** 32 bytes from `from` on as 44 characters, the last of them padding. */
function writeBase64(bytes: Uint8Array, from: number, text: Uint8Array, to: number): void {
  const byteAt = (at: number) => (at < PSK_LENGTH_BYTES ? (bytes[from + at] ?? 0) : 0);
  let place = to;
  for (let at = 0; at < PSK_LENGTH_BYTES; at += 3) {
    const group = (byteAt(at) << 16) | (byteAt(at + 1) << 8) | byteAt(at + 2);
    for (const shift of [18, 12, 6, 0]) text[place++] = ALPHABET[(group >> shift) & 63] ?? 0;
  }
  text[to + PSK_TEXT_LENGTH - 1] = PAD;
}
