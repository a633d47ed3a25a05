// Verifies signatures on the thread pool, so that a thousand nodes can report without holding up the event loop. The
// rules are the strict ones of @mesh/primitives: the form is checked here, OpenSSL checks the equation, and a key was
// checked before, at enrolment or in the configuration.

import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { decodeBase64, hasStrictForm } from '@mesh/primitives';
import { type MessageKind, signingInput } from '@mesh/protocol';

const SIGNATURE_BYTES = 64;
const MAX_CACHED = 65_536;

export class SignatureVerifier {
  readonly #keys = new Map<string, KeyObject>();

  /**
   * @param body the message as it was received
   * @param identityKey base64 of a key that has passed `checkEd25519PublicKey`
   */
  verify(kind: MessageKind, body: { readonly signature: string }, identityKey: string): Promise<boolean> {
    const signature = decodeBase64(body.signature, { lengthBytes: SIGNATURE_BYTES });
    const publicKey = decodeBase64(identityKey, { lengthBytes: 32 });
    if (!hasStrictForm(signature, publicKey)) return Promise.resolve(false);
    const input = signingInput(kind, body);
    return new Promise((resolve, reject) => {
      verify(null, input, this.#key(identityKey), signature, (error, valid) =>
        error === null ? resolve(valid) : reject(error),
      );
    });
  }

  /** Importing costs as much as half a verification, so keys are kept. */
  #key(identityKey: string): KeyObject {
    const known = this.#keys.get(identityKey);
    if (known !== undefined) return known;
    const x = Buffer.from(identityKey, 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    if (this.#keys.size >= MAX_CACHED) this.#keys.clear();
    this.#keys.set(identityKey, key);
    return key;
  }
}
