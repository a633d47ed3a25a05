// What a log and a witness say to each other (C2SP tlog-witness). The body of `POST …/add-checkpoint`:
//
//   old <size>
//   <base64 of a hash>          for each hash of the consistency proof, 63 at most
//
//   <signed checkpoint>
//
// The answer is one line for each cosignature.

import type { Ed25519Verify } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import {
  haveSameKey,
  type NoteSignature,
  parseSignatureLines,
  renderSignatureLine,
} from '../note/note-text.ts';
import type { VerifierKey } from '../note/verifier-key.ts';
import { verifySignature } from './checkpoint-signature.ts';
import { parseDecimal } from './decimal.ts';
import { MAX_PROOF_HASHES, parseHashLines, renderHashLines } from './hash-lines.ts';

export interface AddCheckpointRequest {
  /** Of the newest checkpoint that the witness has cosigned, as far as the log knows. */
  readonly oldSize: number;
  /** From `oldSize` to the checkpoint, 32 bytes each. */
  readonly proof: readonly Uint8Array[];
  /** The note, as the log signed it. */
  readonly checkpoint: string;
}

export function renderAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): string {
  return `old ${oldSize}\n${renderHashLines(proof)}\n${checkpoint}`;
}

/** @throws AuditError `invalid_request` */
export function parseAddCheckpoint(body: string): AddCheckpointRequest {
  const split = body.indexOf('\n\n');
  if (split < 0) throw invalid('an empty line separates the proof from the checkpoint');
  const [first = '', ...lines] = body.slice(0, split).split('\n');
  const [, digits] = /^old (\d+)$/.exec(first) ?? [];
  const oldSize = digits === undefined ? undefined : parseDecimal(digits);
  if (oldSize === undefined) throw invalid('its first line is "old" and a size without leading zeros');
  const proof = parseHashLines(lines);
  if (proof === undefined)
    throw invalid(`a proof has at most ${MAX_PROOF_HASHES} hashes, each base64 of 32 bytes`);
  return { oldSize, proof, checkpoint: body.slice(split + 2) };
}

export function renderCosignatures(cosignatures: readonly NoteSignature[]): string {
  return cosignatures.map(renderSignatureLine).join('');
}

/**
 * Reads a witness's answer.
 *
 * @param text the text of the checkpoint that was sent
 * @param keys of the witness; lines of other keys are ignored
 * @returns the cosignatures that verify, one for each key at most; wrong ones are left out
 * @throws AuditError `invalid_note` if the answer has another form
 */
export function readCosignatures(
  answer: string,
  text: string,
  keys: readonly VerifierKey[],
  verify?: Ed25519Verify,
): NoteSignature[] {
  if (!answer.endsWith('\n'))
    throw new AuditError('invalid_note', 'answer refused: its last line has no newline');
  const lines = parseSignatureLines(answer.slice(0, -1).split('\n'));
  return keys.flatMap((key) => {
    const line = lines.find((candidate) => haveSameKey(candidate, key));
    return line !== undefined && verifySignature(line, text, key, verify) !== undefined ? [line] : [];
  });
}

function invalid(why: string): AuditError {
  return new AuditError('invalid_request', `request refused: ${why}`);
}
