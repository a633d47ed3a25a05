// A head of the controller's log, and the checkpoint that it is in the log's own form.

import { renderCheckpoint, renderNote } from '@mesh/audit';
import { decodeBase64, toHex } from '@mesh/primitives';

/** How many entries it covers, and their RFC 6962 root in base64. */
export interface LogHead {
  readonly size: number;
  readonly rootHash: string;
}

/** A head with what the log has signed of it. */
export interface SignedLogHead extends LogHead {
  /** As `log_proof` of a config has them. Empty if an operator named the head. */
  readonly signatures: readonly string[];
  /** When the log signed it, in seconds since 1970, by its signature by ML-DSA-44; absent without that. */
  readonly timeSeconds?: number;
}

const KEY_ID_LENGTH_BYTES = 4;

/** The ids of the keys that have signed, in hex, by the signatures' own word. */
export const signerIdsOf = ({ signatures }: Pick<SignedLogHead, 'signatures'>): string[] =>
  signatures.map((text) => toHex(decodeBase64(text).slice(0, KEY_ID_LENGTH_BYTES)));

/** The text of the checkpoint, which is what is signed. */
export const checkpointTextOf = (origin: string, { size, rootHash }: LogHead): string =>
  renderCheckpoint({ origin, size, root: decodeBase64(rootHash), extensions: [] });

/**
 * The signed note of a head, as the log publishes it.
 *
 * @returns undefined if nobody has signed it
 * @throws AuditError, PrimitivesError if the parts make no note
 */
export function noteOf(origin: string, head: SignedLogHead): string | undefined {
  if (head.signatures.length === 0) return undefined;
  return renderNote({
    text: checkpointTextOf(origin, head),
    signatures: head.signatures.map((text) => {
      const bytes = decodeBase64(text);
      return {
        name: origin,
        keyId: bytes.slice(0, KEY_ID_LENGTH_BYTES),
        signature: bytes.slice(KEY_ID_LENGTH_BYTES),
      };
    }),
  });
}
