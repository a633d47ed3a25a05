// Seals a config's keys as a controller does.

import { encodeBase64, utf8 } from '@mesh/primitives';
import type { SealedKeys } from '@mesh/protocol';
import {
  configSealInfo,
  encapsulationRandomnessLength,
  kemKeyId,
  parseKemPublicKey,
  sealTo,
} from '@mesh/seal';
import type { SealedFor } from '../src/uplink/kem-keys.ts';
import { random32 } from './agent-fixtures.ts';

/** @param kemPublicKey as it stands in a benchmark */
export function sealKeys(kemPublicKey: string, text: string, sealedFor: SealedFor): SealedKeys {
  const { suite, publicKey } = parseKemPublicKey(kemPublicKey);
  const sealed = sealTo({
    suite,
    publicKey,
    info: configSealInfo(sealedFor),
    aad: new Uint8Array(),
    plaintext: utf8(text),
    randomness: random32(encapsulationRandomnessLength(suite)),
  });
  return { suite, kem_key_id: kemKeyId(suite, publicKey), sealed: encodeBase64(sealed) };
}
