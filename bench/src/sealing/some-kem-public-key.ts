// A key to seal to for nodes that open nothing.

import { randomBytes } from 'node:crypto';
import { platformX25519 } from '@mesh/host';
import { encodeKemPublicKey, generateKemKeyPair, kemSeedLength, type SealSuite } from '@mesh/seal';

/** @returns `SUITE:BASE64`, without its private key: nobody opens what is sealed to it */
export function someKemPublicKey(suite: SealSuite): string {
  const seed = randomBytes(kemSeedLength(suite));
  const { publicKey, privateKey } = generateKemKeyPair(suite, seed, platformX25519);
  privateKey.dispose();
  return encodeKemPublicKey({ suite, publicKey });
}
