// Verifies signatures on the thread pool, so that a thousand nodes can report without holding up the event
// loop. The strict rules of @mesh/primitives apply: this file checks the form, OpenSSL checks the equation,
// and the key was checked earlier, at enrolment or in the configuration.

import { type KeyObject, verify } from 'node:crypto';
import { publicKeyFromRaw } from '@mesh/host';
import { decodeBase64, hasStrictForm } from '@mesh/primitives';
import { type MessageKind, signingInput } from '@mesh/protocol';

const SIGNATURE_BYTES = 64;
const MAX_CACHED = 65_536;

export class SignatureVerifier {
  readonly #keys = new Map<string, KeyObject>();

  /**
   * @param body the message as received
   * @param identityKey base64 of a key that has passed `checkEd25519PublicKey`
   */
  verify(kind: MessageKind, body: { readonly signature: string }, identityKey: string): Promise<boolean> {
    const signature = decodeBase64(body.signature, { lengthBytes: SIGNATURE_BYTES });
    const publicKey = decodeBase64(identityKey, { lengthBytes: 32 });
    if (!hasStrictForm(signature, publicKey)) return Promise.resolve(false);
    const input = signingInput(kind, body);
    return new Promise((resolve, reject) => {
      verify(null, input, this.#key(identityKey, publicKey), signature, (error, valid) =>
        error === null ? resolve(valid) : reject(error),
      );
    });
  }

  /** Importing a key costs half as much as a verification, so imported keys are kept. */
  #key(identityKey: string, raw: Uint8Array): KeyObject {
    const known = this.#keys.get(identityKey);
    if (known !== undefined) return known;
    const key = publicKeyFromRaw('ed25519', raw);
    if (this.#keys.size >= MAX_CACHED) this.#keys.clear();
    this.#keys.set(identityKey, key);
    return key;
  }
}
