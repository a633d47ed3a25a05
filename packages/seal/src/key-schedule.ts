// HPKE's key schedule in base mode (RFC 9180, section 5.1): from the shared secret to the key and the base
// nonce of a context. There is no exporter secret, because nothing here uses one.

import { concatBytes, HmacSha256, uint16be, utf8, wipe } from '@mesh/primitives';
import { HKDF_SHA256_ID, LabeledKdf } from './labeled-kdf.ts';
import { kemOf, type SealSuite } from './suites.ts';

const CHACHA20_POLY1305_ID = 0x0003; // section 7.3
const KEY_LENGTH_BYTES = 32;
const NONCE_LENGTH_BYTES = 12;
const MODE_BASE = Uint8Array.of(0x00);
const NOTHING = new Uint8Array(0);

/** Length of the AEAD's tag behind every ciphertext. */
export const TAG_LENGTH_BYTES = 16;

export interface MessageKey {
  readonly key: Uint8Array;
  /** The nonce of sequence number 0: base_nonce. */
  readonly nonce: Uint8Array;
}

/** @returns key and nonce, the caller's to wipe */
export function scheduleMessageKey(suite: SealSuite, sharedSecret: Uint8Array, info: Uint8Array): MessageKey {
  const { kdf, pskIdHash } = fixedPartOf(suite);
  const infoHash = kdf.extract(NOTHING, 'info_hash', info);
  const context = concatBytes(MODE_BASE, pskIdHash, infoHash);
  const secret = kdf.extract(sharedSecret, 'secret', NOTHING);
  const keyed = new HmacSha256(secret);
  wipe(secret);
  try {
    return {
      key: kdf.expand(keyed, 'key', context, KEY_LENGTH_BYTES),
      nonce: kdf.expand(keyed, 'base_nonce', context, NONCE_LENGTH_BYTES),
    };
  } finally {
    keyed.destroy();
  }
}

/** What is the same for every context of a suite, and public. */
interface FixedPart {
  readonly kdf: LabeledKdf;
  readonly pskIdHash: Uint8Array;
}

function fixedPartOf(suite: SealSuite): FixedPart {
  const known = fixedParts.get(suite);
  if (known !== undefined) return known;
  const kdf = new LabeledKdf(suiteIdOf(suite));
  // Base mode has neither psk nor psk_id: both are the empty string.
  const part = { kdf, pskIdHash: kdf.extract(NOTHING, 'psk_id_hash', NOTHING) };
  fixedParts.set(suite, part);
  return part;
}

const fixedParts = new Map<SealSuite, FixedPart>();

/** suite_id = "HPKE" ‖ I2OSP(kem_id, 2) ‖ I2OSP(kdf_id, 2) ‖ I2OSP(aead_id, 2), section 5.1. */
function suiteIdOf(suite: SealSuite): Uint8Array {
  return concatBytes(
    utf8('HPKE'),
    uint16be(kemOf(suite).id),
    uint16be(HKDF_SHA256_ID),
    uint16be(CHACHA20_POLY1305_ID),
  );
}
