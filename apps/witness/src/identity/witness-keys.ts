// The witness's keys, one of Ed25519 and one of ML-DSA-44 under one name. The file has their two seeds, 32
// bytes each, and is readable by its owner only.

import { ed25519SigningKey, mlDsa44SigningKey, renderVerifierKey, type SigningKey } from '@mesh/audit';
import { readSecretFile } from '@mesh/host';
import { WitnessError } from '../errors/witness-error.ts';

const SEED_LENGTH_BYTES = 32;
export const SEEDS_LENGTH_BYTES = 2 * SEED_LENGTH_BYTES;

/** @param seeds 64 secret bytes; copied */
export function witnessKeysFrom(name: string, seeds: Uint8Array): SigningKey[] {
  const [first, second] = [seeds.subarray(0, SEED_LENGTH_BYTES), seeds.subarray(SEED_LENGTH_BYTES)];
  return [ed25519SigningKey(name, 'ed25519-cosignature', first), mlDsa44SigningKey(name, second)];
}

/**
 * @throws HostError `file_missing`, `file_unsafe`, `file_io`; WitnessError `usage` for a file of another form
 */
export function readWitnessKeys(path: string, name: string): SigningKey[] {
  const seeds = readSecretFile(path, { maxBytes: SEEDS_LENGTH_BYTES });
  try {
    if (seeds.lengthBytes !== SEEDS_LENGTH_BYTES)
      throw new WitnessError('usage', `${path} does not have ${SEEDS_LENGTH_BYTES} bytes: restore the key`);
    return seeds.use((bytes) => witnessKeysFrom(name, bytes));
  } finally {
    seeds.dispose();
  }
}

/** What logs and verifiers are configured with, one for each key. */
export const verifierKeysOf = (keys: readonly SigningKey[]): string[] =>
  keys.map(({ key }) => renderVerifierKey(key));
