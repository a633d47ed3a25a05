// Makes the key that is to take the place of the one that signs configs. Nothing is stored here.

import { wipe } from '@mesh/primitives';
import { SealedFor, type Sealer } from './at-rest-sealer.ts';
import { newSigningKey, openSigningKey, type SigningKey } from './signing-key.ts';
import { configKeyName } from './stored-config-keys.ts';

export interface NextConfigKey {
  readonly key: SigningKey;
  /** The private key, sealed under the master key. */
  readonly sealedKey: Uint8Array;
}

export function createNextConfigKey(sealer: Sealer): NextConfigKey {
  const privateKey = newSigningKey();
  try {
    // A copy, because opening zeroes what it is given.
    const key = openSigningKey(Uint8Array.from(privateKey));
    const sealedKey = sealer.seal(SealedFor.controllerKey, configKeyName(key.publicKey), privateKey);
    return { key, sealedKey };
  } finally {
    wipe(privateKey);
  }
}
