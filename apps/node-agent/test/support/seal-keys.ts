// Seals the keys of configs as a controller does.

import { encodeBase64, parseEpochId, utf8 } from '@mesh/primitives';
import type { SealedKeys } from '@mesh/protocol';
import {
  configSealAad,
  encapsulateTo,
  encapsulationRandomnessLength,
  epochSealInfo,
  kemKeyId,
  parseKemPublicKey,
  setupSender,
} from '@mesh/seal';
import type { SealedFor } from '../../src/uplink/keys/receiver-contexts.ts';
import { random32 } from './agent-fixtures.ts';

/**
 * A single context, which seals any number of configs of one epoch. `kemPublicKey` has the form that it has
 * in benchmarks.
 */
export function keySealer(
  kemPublicKey: string,
  { meshId, nodeId }: Omit<SealedFor, 'version'>,
  epoch = 7,
): (text: string, version: string) => SealedKeys {
  const { suite, publicKey } = parseKemPublicKey(kemPublicKey);
  const epochId = parseEpochId(epoch);
  const randomness = random32(encapsulationRandomnessLength(suite));
  const sender = setupSender(
    encapsulateTo({ suite, publicKey, randomness }),
    epochSealInfo({ meshId, nodeId, epochId }),
  );
  return (text, version) => {
    const { sequence, sealed } = sender.seal({ aad: configSealAad(version), plaintext: utf8(text) });
    return {
      suite,
      kem_key_id: kemKeyId(suite, publicKey),
      epoch_id: epochId,
      enc: encodeBase64(sender.enc),
      sequence,
      sealed: encodeBase64(sealed),
    };
  };
}

/** Seals a single config with its own context. */
export const sealKeys = (kemPublicKey: string, text: string, sealedFor: SealedFor): SealedKeys =>
  keySealer(kemPublicKey, sealedFor)(text, sealedFor.version);
