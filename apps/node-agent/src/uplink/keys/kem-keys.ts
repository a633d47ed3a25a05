// The node's key-encapsulation keys, in memory only. Each benchmark carries a new one. The last two are kept,
// because a config on its way may still be sealed to the previous key. What was sealed to an older key can
// never be opened.

import { parseStrictJson, wipe } from '@mesh/primitives';
import { type SealedKeySets, type SealedKeys, sealedKeySets } from '@mesh/protocol';
import {
  type Aead,
  DEFAULT_SUITE,
  encodeKemPublicKey,
  generateKemKeyPair,
  kemSeedLength,
  type SealSuite,
  type X25519,
} from '@mesh/seal';
import { ReceiverContexts, type SealedFor } from './receiver-contexts.ts';

export interface KemKeysOptions {
  readonly suite?: SealSuite;
  /** Returns fresh bytes from a cryptographic source. This object owns them from then on. */
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly x25519: X25519;
  readonly aead: Aead;
}

interface Held {
  readonly contexts: ReceiverContexts;
  readonly publicKeyText: string;
  isAcknowledged: boolean;
}

const KEPT = 2;
/** More than the client accepts of a whole answer. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

export class KemKeys {
  readonly #options: KemKeysOptions;
  /** Oldest first. */
  #held: Held[] = [];

  constructor(options: KemKeysOptions) {
    this.#options = options;
  }

  /**
   * The public key for the next submission. It is a new key only if the controller is known to have the
   * newest one. (Otherwise a series of lost submissions would push out the key that the controller seals to.)
   */
  forSubmission(): string {
    const newest = this.#held.at(-1);
    if (newest !== undefined && !newest.isAcknowledged) return newest.publicKeyText;
    const { randomBytes, suite = DEFAULT_SUITE, x25519 } = this.#options;
    const { publicKey, privateKey } = generateKemKeyPair(suite, randomBytes(kemSeedLength(suite)), x25519);
    const publicKeyText = encodeKemPublicKey({ suite, publicKey });
    const contexts = new ReceiverContexts(privateKey, this.#options);
    this.#held.push({ contexts, publicKeyText, isAcknowledged: false });
    while (this.#held.length > KEPT) this.#held.shift()?.contexts.dispose();
    return publicKeyText;
  }

  /** The controller has stored this key. */
  acknowledge(publicKeyText: string): void {
    const held = this.#held.find((candidate) => candidate.publicKeyText === publicKeyText);
    if (held !== undefined) held.isAcknowledged = true;
  }

  /** The newest key that the controller is known to have. */
  acknowledgedKeyId(): string | undefined {
    return this.#held.findLast((held) => held.isAcknowledged)?.contexts.privateKey.keyId;
  }

  /**
   * Opens the keys of a config.
   *
   * @returns undefined if no held key opens them, or if their content does not have the form of keys
   */
  open(keys: SealedKeys, sealedFor: SealedFor): SealedKeySets | undefined {
    const held = this.#held.find(({ contexts }) => contexts.privateKey.keyId === keys.kem_key_id);
    if (held === undefined) return undefined;
    let plaintext: Uint8Array | undefined;
    try {
      plaintext = held.contexts.open(keys, sealedFor);
      // From here on the keys are strings, because WireGuard's tools take text. The strings are left to the
      // garbage collector. The bytes are zeroed.
      const text = new TextDecoder('utf-8', { fatal: true }).decode(plaintext);
      return sealedKeySets.parse(parseStrictJson(text, { maxBytes: MAX_TEXT_BYTES }));
    } catch {
      return undefined;
    } finally {
      if (plaintext !== undefined) wipe(plaintext);
    }
  }

  dispose(): void {
    for (const { contexts } of this.#held) contexts.dispose();
    this.#held = [];
  }
}
