// DHKEM(X25519, HKDF-SHA256) of RFC 9180, section 4.1, base mode only.

import { concatBytes, uint16be, utf8, wipe } from '@mesh/primitives';
import type { Kem } from './kem.ts';
import { HASH_LENGTH_BYTES, LabeledKdf } from './labeled-kdf.ts';
import { checkLength } from './lengths.ts';
import { diffieHellman, type X25519 } from './x25519.ts';
import { checkX25519PublicKey, X25519_LENGTH_BYTES } from './x25519-public-key.ts';

const KEM_ID = 0x0020; // RFC 9180, section 7.1
const kdf = new LabeledKdf(concatBytes(utf8('KEM'), uint16be(KEM_ID)));
const NOTHING = new Uint8Array(0);

export function dhkemX25519(x25519: X25519): Kem {
  /** DeriveKeyPair, section 7.1.3. */
  const deriveKeyPair = (seed: Uint8Array) => {
    const secret = kdf.extractAndExpand('dkp_prk', seed, 'sk', NOTHING, X25519_LENGTH_BYTES);
    return { secret, publicKey: x25519.publicKeyOf(secret) };
  };

  /** ExtractAndExpand over the Diffie-Hellman result and kem_context = enc ‖ pkRm, section 4.1. */
  const agree = (secret: Uint8Array, point: Uint8Array, kemContext: Uint8Array) => {
    const dh = diffieHellman(x25519, secret, point);
    try {
      return kdf.extractAndExpand('eae_prk', dh, 'shared_secret', kemContext, HASH_LENGTH_BYTES);
    } finally {
      wipe(dh);
    }
  };

  return {
    id: KEM_ID,
    publicKeyLengthBytes: X25519_LENGTH_BYTES,
    encLengthBytes: X25519_LENGTH_BYTES,
    seedLengthBytes: 32,
    randomnessLengthBytes: 32,
    deriveKeyPair,

    checkPublicKey(publicKey) {
      checkLength('an X25519 public key', publicKey, X25519_LENGTH_BYTES);
      checkX25519PublicKey(publicKey);
    },

    /** Encap, section 4.1, its ephemeral pair derived from the randomness. */
    encapsulate(publicKey, randomness) {
      const { secret, publicKey: enc } = deriveKeyPair(randomness);
      try {
        return { enc, sharedSecret: agree(secret, publicKey, concatBytes(enc, publicKey)) };
      } finally {
        wipe(secret);
      }
    },

    /** Decap, section 4.1. */
    decapsulate(enc, secret, publicKey) {
      return agree(secret, enc, concatBytes(enc, publicKey));
    },
  };
}
