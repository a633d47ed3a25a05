// The controller's log as this node knows it: its name, and the keys that sign its heads.

import { parseVerifierKey, renderCheckpoint, renderNote, type VerifierKey } from '@mesh/audit';
import { decodeBase64, toHex } from '@mesh/primitives';
import type { LogIdentity } from '@mesh/protocol';

export interface PinnedLog {
  /** The first line of every checkpoint of the log. */
  readonly origin: string;
  /** At least one. */
  readonly keys: readonly VerifierKey[];
}

/** A head of the log: how many entries it covers, and their RFC 6962 root in base64. */
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

/**
 * Keys of kinds that this version does not know are left out.
 * @returns undefined if no key can be used
 */
export function pinLog({ origin, verifier_keys: texts }: LogIdentity): PinnedLog | undefined {
  const keys = texts.flatMap((text) => {
    try {
      return [parseVerifierKey(text)];
    } catch {
      return [];
    }
  });
  const own = keys.filter(({ name }) => name === origin);
  return own.length === 0 ? undefined : { origin, keys: own };
}

/** The ids of the keys, in order: who the signers of a head are by their own word. */
export const keyIdsOf = ({ keys }: PinnedLog): string =>
  keys
    .map(({ keyId }) => toHex(keyId))
    .sort()
    .join();

/** The same of the signatures that a proof has. */
export const signerIdsOf = ({ signatures }: Pick<SignedLogHead, 'signatures'>): string =>
  signatures
    .map((text) => toHex(decodeBase64(text).slice(0, KEY_ID_LENGTH_BYTES)))
    .sort()
    .join();

/**
 * The signed note of a head, as the log publishes it.
 *
 * @returns undefined if nobody has signed it
 * @throws AuditError, PrimitivesError if the parts make no note
 */
export function noteOf(origin: string, head: SignedLogHead): string | undefined {
  const { size, rootHash, signatures } = head;
  if (signatures.length === 0) return undefined;
  return renderNote({
    text: renderCheckpoint({ origin, size, root: decodeBase64(rootHash), extensions: [] }),
    signatures: signatures.map((text) => {
      const bytes = decodeBase64(text);
      return {
        name: origin,
        keyId: bytes.slice(0, KEY_ID_LENGTH_BYTES),
        signature: bytes.slice(KEY_ID_LENGTH_BYTES),
      };
    }),
  });
}
