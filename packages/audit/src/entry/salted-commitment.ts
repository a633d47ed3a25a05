// Details that may have to be erased (above all scores) stay out of the log: the entry holds a commitment to
// them. With the salt and the details, anyone can check the entry. Once both are erased, the commitment
// reveals nothing, however few values the details could have had, and the log still verifies.

import {
  canonicalJson,
  concatBytes,
  type JsonValue,
  lengthPrefixed,
  portableSha256,
  type Sha256,
  toHex,
  utf8,
} from '@mesh/primitives';
import { AuditError, explained } from '../audit-error.ts';

export const DETAILS_SALT_LENGTH_BYTES = 32;

export type DetailsCommitment = `sha256:${string}`;

const LABEL = 'mesh/audit/v1/details';
const COMMITMENT = /^sha256:[0-9a-f]{64}$/;

/**
 * `"sha256:" + hex(SHA-256(lp("mesh/audit/v1/details") ‖ salt[32] ‖ JCS(details)))`
 * @param salt 32 bytes from a cryptographic random source, fresh for every entry: a reused salt shows which
 *   entries have equal details, and a guessable one reveals the details
 * @throws AuditError `wrong_length` (the salt), `invalid_entry` (details that have no canonical JSON)
 */
export function commitDetails(
  salt: Uint8Array,
  details: JsonValue,
  sha256: Sha256 = portableSha256,
): DetailsCommitment {
  if (salt.length !== DETAILS_SALT_LENGTH_BYTES) {
    throw new AuditError('wrong_length', 'a salt has 32 bytes; draw a fresh one for every entry');
  }
  const message = concatBytes(lengthPrefixed(LABEL), salt, detailsBytes(details));
  return `sha256:${toHex(sha256(message))}`;
}

/** Whether a text has the form of a commitment: `sha256:` and 64 lower-case hex digits. */
export function isDetailsCommitment(text: unknown): text is DetailsCommitment {
  return typeof text === 'string' && COMMITMENT.test(text);
}

function detailsBytes(details: JsonValue): Uint8Array {
  return explained('invalid_entry', 'details', () => utf8(canonicalJson(details)));
}
