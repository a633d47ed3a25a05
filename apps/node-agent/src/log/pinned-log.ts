// The controller's log as this node knows it: its name, and the keys that sign its heads.

import { parseVerifierKey, type VerifierKey } from '@mesh/audit';
import { toHex } from '@mesh/primitives';
import type { LogIdentity } from '@mesh/protocol';

export interface PinnedLog {
  /** The first line of every checkpoint of the log. */
  readonly origin: string;
  /** At least one. */
  readonly keys: readonly VerifierKey[];
}

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

/** The ids of the keys, in hex. */
export const keyIdsOf = ({ keys }: PinnedLog): string[] => keys.map(({ keyId }) => toHex(keyId));
