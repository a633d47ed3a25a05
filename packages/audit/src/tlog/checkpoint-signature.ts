// Makes and checks the signatures of checkpoints, by the kind of their key. A cosignature is preceded by its
// time: `u64(seconds) ‖ signature`.

import {
  concatBytes,
  type Ed25519Verify,
  signEd25519,
  uint64be,
  utf8,
  verifyEd25519,
} from '@mesh/primitives';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { AuditError } from '../audit-error.ts';
import type { NoteSignature } from '../note/note-text.ts';
import type { VerifierKey } from '../note/verifier-key.ts';
import { TIME_LENGTH_BYTES, timeSecondsOf } from './cosignature-time.ts';
import { ed25519CosignedMessage, mlDsaCosignedMessage } from './cosigned-message.ts';
import type { SigningKey } from './signing-key.ts';

/** FIPS 204, table 2. */
const ML_DSA_SIGNATURE_LENGTH_BYTES = 2420;

export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** When it was cosigned, in seconds since 1970; undefined for a plain signature. */
  readonly timeSeconds: number | undefined;
}

/**
 * Signs a checkpoint. Deterministic.
 *
 * @param checkpointText a note's text
 * @param timeSeconds since 1970, for cosignatures; a plain signature has no time
 * @throws AuditError `out_of_range` for a time that is no whole number from 0; `invalid_checkpoint`
 */
export function signCheckpoint(
  { key, secret }: SigningKey,
  checkpointText: string,
  timeSeconds: number,
): NoteSignature {
  const { name, keyId, kind } = key;
  if (kind === 'ed25519') return { name, keyId, signature: signEd25519(utf8(checkpointText), secret) };
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0)
    throw new AuditError('out_of_range', 'a cosignature has a time in whole seconds since 1970');
  const signature =
    kind === 'ed25519-cosignature'
      ? signEd25519(ed25519CosignedMessage(checkpointText, timeSeconds), secret)
      : // Without fresh randomness it is the deterministic variant of FIPS 204, section 3.4.
        ml_dsa44.sign(mlDsaCosignedMessage(checkpointText, name, timeSeconds), secret, {
          extraEntropy: false,
        });
  return { name, keyId, signature: concatBytes(uint64be(timeSeconds), signature) };
}

/**
 * Verifies one signature of a checkpoint by the key with its name and id.
 *
 * @param text of the note
 * @returns undefined if the signature does not verify, whatever is wrong with it
 */
export function verifySignature(
  { signature }: Pick<NoteSignature, 'signature'>,
  text: string,
  key: VerifierKey,
  verify?: Ed25519Verify,
): VerifiedSignature | undefined {
  const { kind, publicKey, name } = key;
  if (kind === 'ed25519')
    return verifyEd25519(signature, utf8(text), publicKey, verify)
      ? { key, timeSeconds: undefined }
      : undefined;
  const timeSeconds = timeSecondsOf({ signature });
  if (timeSeconds === undefined) return undefined;
  const bare = signature.subarray(TIME_LENGTH_BYTES);
  const isValid =
    kind === 'ed25519-cosignature'
      ? verifyEd25519(bare, ed25519CosignedMessage(text, timeSeconds), publicKey, verify)
      : isValidMlDsa(bare, text, name, timeSeconds, publicKey);
  return isValid ? { key, timeSeconds } : undefined;
}

function isValidMlDsa(
  signature: Uint8Array,
  text: string,
  cosigner: string,
  timeSeconds: number,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== ML_DSA_SIGNATURE_LENGTH_BYTES) return false;
  try {
    return ml_dsa44.verify(signature, mlDsaCosignedMessage(text, cosigner, timeSeconds), publicKey);
  } catch (error) {
    // The text is no checkpoint, so nothing that this kind of key signs.
    if (error instanceof AuditError) return false;
    throw error;
  }
}
