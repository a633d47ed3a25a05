// The two keys that sign the log's heads together, from their seeds.

import { randomBytes } from 'node:crypto';
import { ed25519SigningKey, mlDsa44SigningKey, renderVerifierKey, type SigningKey } from '@mesh/audit';
import type { LogKeyPair } from '@mesh/membership';
import { encodeBase64, wipe } from '@mesh/primitives';
import { SealedFor, type Sealer } from './at-rest-sealer.ts';

/** Of each key. */
export const SEED_LENGTH_BYTES = 32;

export interface SigningPair {
  readonly pair: LogKeyPair;
  /** Ed25519, then ML-DSA-44. */
  readonly keys: readonly SigningKey[];
}

/** What the seeds of a pair are named in `sealed_secrets`, and sealed for. The first pair has other names. */
export const logKeyName = (publicKey: string): string => `log-${publicKey}`;

/**
 * @param origin the name of the log
 * @param seeds 64 bytes: the seed of Ed25519, and ξ of ML-DSA-44. The caller wipes them
 */
export function signingPairOf(origin: string, seeds: Uint8Array): SigningPair {
  const ed25519 = ed25519SigningKey(origin, 'ed25519', seeds.subarray(0, SEED_LENGTH_BYTES));
  const keys = [ed25519, mlDsa44SigningKey(origin, seeds.subarray(SEED_LENGTH_BYTES))];
  const verifierKeys = keys.map(({ key }) => renderVerifierKey(key));
  return { keys, pair: { publicKey: encodeBase64(ed25519.key.publicKey), verifierKeys } };
}

export interface NextLogPair {
  readonly signing: SigningPair;
  /** Sealed under the master key. */
  readonly sealedSeeds: Uint8Array;
}

/** Makes the pair that is to take the place of the present one. Nothing is stored here. */
export function createNextLogPair(origin: string, sealer: Sealer): NextLogPair {
  const seeds = Uint8Array.from(randomBytes(2 * SEED_LENGTH_BYTES));
  try {
    const signing = signingPairOf(origin, seeds);
    const { publicKey } = signing.pair;
    return { signing, sealedSeeds: sealer.seal(SealedFor.controllerKey, logKeyName(publicKey), seeds) };
  } finally {
    wipe(seeds);
  }
}
