// A proof in one file that an entry is in a log (C2SP tlog-proof@v1):
//
//   c2sp.org/tlog-proof@v1
//   [extra <base64>]
//   index <N>
//   <base64 of a hash>          for each hash of the inclusion proof
//
//   <signed checkpoint>

import { decodeBase64, defined, encodeBase64 } from '@mesh/primitives';
import { AuditError, explained } from '../audit-error.ts';
import { MAX_NOTE_CHARS } from '../note/note-text.ts';
import { verifyInclusion } from '../tree/inclusion-proof.ts';
import { parseDecimal } from './decimal.ts';
import { MAX_PROOF_HASHES, parseHashLines, renderHashLines } from './hash-lines.ts';
import { type CheckpointTrust, type OpenedCheckpoint, openCheckpoint } from './open-checkpoint.ts';

export interface TlogProof {
  /** The application's own, which nothing authenticates. */
  readonly extra?: Uint8Array | undefined;
  readonly index: number;
  /** 32 bytes each, the leaf's sibling first; at most 63. */
  readonly path: readonly Uint8Array[];
  /** The note, as the log and its witnesses signed it. */
  readonly checkpoint: string;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const MAX_EXTRA_CHARS = 10_000_000;

/** @throws AuditError `invalid_proof` */
export function renderTlogProof({ extra, index, path, checkpoint }: TlogProof): string {
  if (!Number.isSafeInteger(index) || index < 0) throw invalid('its index is a whole number from 0');
  if (path.length > MAX_PROOF_HASHES) throw invalid(`it has more than ${MAX_PROOF_HASHES} hashes`);
  const extraLine = extra === undefined ? '' : `extra ${encodeBase64(extra)}\n`;
  return `${HEADER}\n${extraLine}index ${index}\n${renderHashLines(path)}\n${checkpoint}`;
}

/**
 * Reads a proof without verifying it.
 * @throws AuditError `invalid_proof`
 */
export function parseTlogProof(text: string): TlogProof {
  if (text.length > MAX_EXTRA_CHARS + MAX_NOTE_CHARS) throw invalid('it is too long');
  const split = text.indexOf('\n\n');
  if (split < 0) throw invalid('an empty line separates the path from the checkpoint');
  const [header, ...lines] = text.slice(0, split).split('\n');
  if (header !== HEADER) throw invalid(`its first line is ${HEADER}`);
  const extra = lines[0]?.startsWith('extra ') ? extraOf(lines.shift() as string) : undefined;
  const [, digits] = /^index (\d+)$/.exec(lines.shift() ?? '') ?? [];
  const index = digits === undefined ? undefined : parseDecimal(digits);
  if (index === undefined) throw invalid('its index is a decimal number without leading zeros, below 2^53');
  const path = parseHashLines(lines);
  if (path === undefined)
    throw invalid(`a path has at most ${MAX_PROOF_HASHES} hashes, each base64 of 32 bytes`);
  return { ...defined({ extra }), index, path, checkpoint: text.slice(split + 2) };
}

/**
 * Verifies a proof without asking anyone.
 *
 * @param leaf `leafHash(entryBytes)` of the entry that you hold
 * @returns the checkpoint that contains the entry, with the witnesses that have cosigned it
 * @throws AuditError `invalid_proof` if the path does not lead from the leaf to the checkpoint's root; what
 *   `openCheckpoint` throws
 */
export function verifyTlogProof(
  proof: TlogProof,
  leaf: Uint8Array,
  trust: CheckpointTrust,
): OpenedCheckpoint {
  const opened = openCheckpoint(proof.checkpoint, trust);
  const { size, root } = opened.checkpoint;
  if (!verifyInclusion({ leaf, index: proof.index, size, path: proof.path, root }))
    throw invalid('its path does not lead from this entry to the root of its checkpoint');
  return opened;
}

function extraOf(line: string): Uint8Array {
  return explained('invalid_proof', 'proof refused: its extra data', () =>
    decodeBase64(line.slice('extra '.length)),
  );
}

function invalid(why: string): AuditError {
  return new AuditError('invalid_proof', `proof refused: ${why}`);
}
