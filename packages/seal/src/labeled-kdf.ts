// HKDF-SHA256 with HPKE's labels (RFC 9180, section 4): every derivation names the version, the suite and its
// purpose.
//
//   LabeledExtract(salt, label, ikm)     = HKDF-Extract(salt, "HPKE-v1" ‖ suite_id ‖ label ‖ ikm)
//   LabeledExpand(prk, label, info, L)   = HKDF-Expand(prk, I2OSP(L, 2) ‖ "HPKE-v1" ‖ suite_id ‖ label ‖ info, L)

import {
  concatBytes,
  HKDF_LENGTH_BYTES,
  hkdfExpand32,
  hkdfExtract,
  type KeyedHmac,
  uint16be,
  utf8,
  wipe,
} from '@mesh/primitives';

/** The KDF's identifier in RFC 9180, section 7.2. */
export const HKDF_SHA256_ID = 0x0001;
export const HASH_LENGTH_BYTES = HKDF_LENGTH_BYTES;

const VERSION_LABEL = utf8('HPKE-v1');
const NOTHING = new Uint8Array(0);

/**
 * Section 4's functions for one suite_id: the KEM's own or the whole suite's. Results are the caller's to
 * wipe.
 */
export class LabeledKdf {
  readonly #suiteId: Uint8Array;

  constructor(suiteId: Uint8Array) {
    this.#suiteId = suiteId;
  }

  /** 32 bytes. An empty salt is HKDF's default. */
  extract(salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
    const labeled = concatBytes(VERSION_LABEL, this.#suiteId, utf8(label), ikm);
    try {
      return hkdfExtract(salt, labeled);
    } finally {
      wipe(labeled);
    }
  }

  /**
   * Up to 32 bytes.
   * @param prk the pseudorandom key, or HMAC under it, which is borrowed
   */
  expand(prk: Uint8Array | KeyedHmac, label: string, info: Uint8Array, lengthBytes: number): Uint8Array {
    const length = uint16be(lengthBytes);
    const block = hkdfExpand32(prk, concatBytes(length, VERSION_LABEL, this.#suiteId, utf8(label), info));
    if (lengthBytes === block.length) return block;
    const part = block.slice(0, lengthBytes);
    wipe(block);
    return part;
  }

  /** Extract without a salt, then expand. The KEM uses the two only in this way. */
  extractAndExpand(
    extractLabel: string,
    ikm: Uint8Array,
    expandLabel: string,
    info: Uint8Array,
    lengthBytes: number,
  ): Uint8Array {
    const prk = this.extract(NOTHING, extractLabel, ikm);
    try {
      return this.expand(prk, expandLabel, info, lengthBytes);
    } finally {
      wipe(prk);
    }
  }
}
