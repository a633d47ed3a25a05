// What a key-encapsulation mechanism does (RFC 9180, section 4). The caller passes the randomness in. Each
// adapter has a file: dhkem-x25519.ts, x-wing.ts.

export interface Encapsulation {
  /** Sent to the receiver. */
  readonly enc: Uint8Array;
  /** 32 secret bytes, which the caller wipes. */
  readonly sharedSecret: Uint8Array;
}

export interface DerivedKeyPair {
  readonly publicKey: Uint8Array;
  /** The caller keeps and wipes it. */
  readonly secret: Uint8Array;
}

export interface Kem {
  /** Its identifier in IANA's HPKE registry. */
  readonly id: number;
  readonly publicKeyLengthBytes: number;
  readonly encLengthBytes: number;
  readonly seedLengthBytes: number;
  readonly randomnessLengthBytes: number;

  /** @throws SealError `wrong_length`, `invalid_public_key` */
  checkPublicKey(publicKey: Uint8Array): void;

  /** Deterministic: the same seed gives the same pair. Does not change the seed. */
  deriveKeyPair(seed: Uint8Array): DerivedKeyPair;

  /** Deterministic in `randomness`, which it does not change. The caller has checked `publicKey`. */
  encapsulate(publicKey: Uint8Array, randomness: Uint8Array): Encapsulation;

  /** Throws any error for an `enc` that it refuses. The caller wipes the result. */
  decapsulate(enc: Uint8Array, secret: Uint8Array, publicKey: Uint8Array): Uint8Array;
}
