// Opens a signed checkpoint: nothing of it is used before a signature by a trusted key has been verified.

import type { Ed25519Verify } from '@mesh/primitives';
import { AuditError } from '../audit-error.ts';
import { haveSameKey, type Note, parseNote } from '../note/note-text.ts';
import type { VerifierKey } from '../note/verifier-key.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';
import { type VerifiedSignature, verifySignature } from './checkpoint-signature.ts';

export interface CheckpointTrust {
  /** The origin that the checkpoint must have. */
  readonly origin: string;
  /** Keys of the log. At least one of them must have signed. */
  readonly logKeys: readonly VerifierKey[];
  /** Keys of witnesses. Their cosignatures are verified if they are there. */
  readonly witnessKeys?: readonly VerifierKey[];
  /** How Ed25519 is verified; portable arithmetic by default. */
  readonly verify?: Ed25519Verify;
}

export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The note's text, which is what was signed. */
  readonly text: string;
  /** Signatures of the log that have been verified, at least one. */
  readonly signatures: readonly VerifiedSignature[];
  /** Cosignatures of witnesses that have been verified, one for each key at most. */
  readonly cosignatures: readonly VerifiedSignature[];
}

/**
 * Verifies a signed checkpoint. Signatures by unknown keys are ignored. One by a known key that does not
 * verify refuses the whole note, as signed-note recommends. Of several by one key, the first counts.
 *
 * @throws AuditError `invalid_note`; `unverified_note` if no key of the log has signed, or if a signature by
 *   a known key is wrong; `invalid_checkpoint`; `wrong_origin`
 */
export function openCheckpoint(note: string, trust: CheckpointTrust): OpenedCheckpoint {
  const parsed = parseNote(note);
  const signatures = verifyAll(parsed, trust.logKeys, trust.verify);
  if (signatures.length === 0)
    throw new AuditError('unverified_note', 'note refused: no key of the log that you trust has signed it');
  const cosignatures = verifyAll(parsed, trust.witnessKeys ?? [], trust.verify);
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint.origin !== trust.origin)
    throw new AuditError('wrong_origin', 'checkpoint refused: it is of another log than the one asked for');
  return { checkpoint, text: parsed.text, signatures, cosignatures };
}

/** @throws AuditError `unverified_note` if a signature by one of the keys is wrong */
function verifyAll(
  { text, signatures }: Note,
  keys: readonly VerifierKey[],
  verify: Ed25519Verify | undefined,
): VerifiedSignature[] {
  return keys.flatMap((key) => {
    const signature = signatures.find((candidate) => haveSameKey(candidate, key));
    if (signature === undefined) return [];
    const verified = verifySignature(signature, text, key, verify);
    if (verified === undefined)
      throw new AuditError('unverified_note', 'note refused: a signature by a key that you trust is wrong');
    return [verified];
  });
}
