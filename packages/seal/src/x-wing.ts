// The hybrid X-Wing: ML-KEM-768 (FIPS 203) and X25519, secure while either is
// (draft-connolly-cfrg-xwing-kem).
//
//   publicKey      ek_M[1184] ‖ pk_X[32]          enc    ct_M[1088] ‖ ct_X[32]
//   secret         seed[32]; SHAKE256(seed, 96) = the seed of the ML-KEM key [64] ‖ sk_X[32], expanded at each use
//   sharedSecret   SHA3-256(ss_M ‖ ss_X ‖ ct_X ‖ pk_X ‖ 5c 2e 2f 2f 5e 5c)
//
// @noble/post-quantum provides ML-KEM and the composition of the two. Its ready-made X-Wing is not used,
// because its X25519 half draws random bytes (see x25519.ts) and its combiner leaves a copy of both shared
// secrets behind.

import { concatBytes, copyBytes, fromHex, wipe } from '@mesh/primitives';
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { combineKEMS, expandSeedXof } from '@noble/post-quantum/hybrid.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import type { KEM } from '@noble/post-quantum/utils.js';
import type { Kem } from './kem.ts';
import { checkLength } from './lengths.ts';
import { SealError } from './seal-error.ts';
import { diffieHellman, type X25519 } from './x25519.ts';
import { checkX25519PublicKey, X25519_LENGTH_BYTES } from './x25519-public-key.ts';

const SEED_LENGTH_BYTES = 32;
const SHARED_SECRET_LENGTH_BYTES = 32;
const ML_KEM_PUBLIC_KEY_LENGTH_BYTES = 1184;
const ML_KEM_VECTOR_LENGTH_BYTES = 1152; // 768 coefficients of 12 bits; the rest is the seed of the matrix
const ML_KEM_Q = 3329;
const PUBLIC_KEY_LENGTH_BYTES = ML_KEM_PUBLIC_KEY_LENGTH_BYTES + X25519_LENGTH_BYTES;
/** XWingLabel, the draft's section "Combiner": \.//^\ */
const LABEL = fromHex('5c2e2f2f5e5c');

export function xWing(x25519: X25519): Kem {
  // The library copies the combiner's result and leaves the original behind.
  let combined: Uint8Array | undefined;
  const hybrid = combineKEMS(
    SEED_LENGTH_BYTES,
    SHARED_SECRET_LENGTH_BYTES,
    expandSeedXof(shake256),
    (...transcript: Parameters<typeof combine>) => {
      combined = combine(...transcript);
      return combined;
    },
    ml_kem768,
    x25519Half(x25519),
  );
  const withoutOriginal = <T>(result: T): T => {
    if (combined !== undefined) wipe(combined);
    combined = undefined;
    return result;
  };
  return {
    id: 0x647a, // the draft, "IANA Considerations"
    publicKeyLengthBytes: PUBLIC_KEY_LENGTH_BYTES,
    encLengthBytes: 1120,
    seedLengthBytes: SEED_LENGTH_BYTES,
    randomnessLengthBytes: 64, // eseed: 32 bytes for ML-KEM, 32 for the ephemeral X25519 key

    checkPublicKey(publicKey) {
      checkLength('an X-Wing public key', publicKey, PUBLIC_KEY_LENGTH_BYTES);
      checkMlKemModulus(publicKey);
      // The draft lets a point of low order pass, because ML-KEM still protects the secret. No honest node
      // has such a key, and with it security would rest on ML-KEM alone.
      checkX25519PublicKey(publicKey.subarray(ML_KEM_PUBLIC_KEY_LENGTH_BYTES));
    },

    deriveKeyPair(seed) {
      return { secret: copyBytes(seed), publicKey: hybrid.getPublicKey(seed) };
    },

    encapsulate(publicKey, randomness) {
      const { cipherText, sharedSecret } = withoutOriginal(hybrid.encapsulate(publicKey, randomness));
      return { enc: cipherText, sharedSecret };
    },

    decapsulate(enc, secret) {
      return withoutOriginal(hybrid.decapsulate(enc, secret));
    },
  };
}

/**
 * SHA3-256 over both shared secrets and X25519's transcript; ML-KEM's own hash binds its ciphertext and key.
 */
function combine(
  publicKeys: readonly Uint8Array[],
  cipherTexts: readonly Uint8Array[],
  sharedSecrets: readonly Uint8Array[],
): Uint8Array {
  const x25519Transcript = [cipherTexts[1], publicKeys[1]] as [Uint8Array, Uint8Array];
  const preimage = concatBytes(...sharedSecrets, ...x25519Transcript, LABEL);
  try {
    return sha3_256(preimage);
  } finally {
    wipe(preimage);
  }
}

/** X25519 as a KEM in the library's form: the ciphertext is the ephemeral public key. */
function x25519Half(x25519: X25519): KEM {
  const length = X25519_LENGTH_BYTES;
  const half = {
    lengths: { seed: length, publicKey: length, secretKey: length, msg: length, cipherText: length },
    keygen: (seed?: Uint8Array) => {
      const secretKey = copyBytes(given(seed));
      return { secretKey, publicKey: x25519.publicKeyOf(secretKey) };
    },
    getPublicKey: (secretKey: Uint8Array) => x25519.publicKeyOf(secretKey),
    encapsulate: (publicKey: Uint8Array, randomness?: Uint8Array) => {
      const ephemeral = given(randomness);
      const cipherText = x25519.publicKeyOf(ephemeral);
      return { cipherText, sharedSecret: diffieHellman(x25519, ephemeral, publicKey) };
    },
    decapsulate: (cipherText: Uint8Array, secretKey: Uint8Array) =>
      diffieHellman(x25519, secretKey, cipherText),
  };
  // The library's types distinguish the kinds of buffer behind an array, which these do not.
  return half as KEM;
}

/** The library's type makes randomness optional, but there is no random source here to fall back on. */
function given(randomness: Uint8Array | undefined): Uint8Array {
  if (randomness === undefined) throw new SealError('wrong_length', 'pass the random bytes');
  return randomness;
}

/** FIPS 203, section 7.2, "modulus check": every coefficient is below q, so that one key has one encoding. */
function checkMlKemModulus(publicKey: Uint8Array): void {
  for (let at = 0; at < ML_KEM_VECTOR_LENGTH_BYTES; at += 3) {
    const [low = 0, middle = 0, high = 0] = publicKey.subarray(at, at + 3);
    const first = low | ((middle & 0x0f) << 8);
    const second = (middle >>> 4) | (high << 4);
    if (first >= ML_KEM_Q || second >= ML_KEM_Q) {
      throw new SealError(
        'invalid_public_key',
        'not an ML-KEM-768 public key (a coefficient is not reduced): send the bytes as they were made',
      );
    }
  }
}
