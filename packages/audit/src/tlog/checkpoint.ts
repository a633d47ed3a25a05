// A checkpoint: the text of a note that says what a log's tree was (C2SP tlog-checkpoint):
//
//   <origin>\n<size>\n<base64 of the root>\n[<extension>\n…]

import { decodeBase64, encodeBase64 } from '@mesh/primitives';
import { AuditError, explained } from '../audit-error.ts';
import { checkTreeSize } from '../tree/subtrees.ts';
import { checkTreeHash, TREE_HASH_LENGTH_BYTES } from '../tree/tree-hashes.ts';
import { parseDecimal } from './decimal.ts';

export interface Checkpoint {
  /** Names the log: a URL without its scheme, by convention. */
  readonly origin: string;
  /** How many leaves the tree has. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /**
   * Further lines. Cosignatures by ML-DSA-44 do not cover them, and monitors cannot audit them: use none.
   */
  readonly extensions: readonly string[];
}

/** @throws AuditError `invalid_checkpoint`, `out_of_range` (the size), `wrong_length` (the root) */
export function renderCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  checkTreeSize(size);
  checkTreeHash(root);
  const lines = [origin, String(size), encodeBase64(root), ...extensions];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (lines.some((line) => line === '' || !line.isWellFormed() || /[\u0000-\u001f]/.test(line)))
    throw invalid('its lines are not empty and have no control character');
  return `${lines.join('\n')}\n`;
}

/**
 * Reads the text of a note. Verify the note first: `openCheckpoint` does both.
 * @throws AuditError `invalid_checkpoint`
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw invalid('its last line has no newline');
  const lines = text.slice(0, -1).split('\n');
  const [origin, size, root, ...extensions] = lines;
  if (origin === undefined || size === undefined || root === undefined || lines.includes(''))
    throw invalid('it has an origin, a size and a root, and no empty line');
  return { origin, size: sizeOf(size), root: rootOf(root), extensions };
}

function sizeOf(text: string): number {
  const size = parseDecimal(text);
  if (size === undefined) throw invalid('its size is a decimal number without leading zeros, below 2^53');
  return size;
}

function rootOf(text: string): Uint8Array {
  return explained('invalid_checkpoint', 'checkpoint refused: its root', () =>
    decodeBase64(text, { lengthBytes: TREE_HASH_LENGTH_BYTES }),
  );
}

function invalid(why: string): AuditError {
  return new AuditError('invalid_checkpoint', `checkpoint refused: ${why}`);
}
