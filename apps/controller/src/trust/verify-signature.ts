// Verifies signatures by the strict rules of @mesh/primitives: this file checks the form, ed25519-equation.ts
// the equation, and the key was checked earlier, at enrolment or in the configuration.

import { decodeBase64, hasStrictForm } from '@mesh/primitives';
import { type MessageKind, signingInput } from '@mesh/protocol';
import type { VerifyInTurns } from './verify-in-turns.ts';

const SIGNATURE_BYTES = 64;

export class SignatureVerifier {
  readonly #equations: Pick<VerifyInTurns, 'verify'>;

  constructor(equations: Pick<VerifyInTurns, 'verify'>) {
    this.#equations = equations;
  }

  /**
   * @param body the message as received
   * @param identityKey base64 of a key that has passed `checkEd25519PublicKey`
   */
  verify(kind: MessageKind, body: { readonly signature: string }, identityKey: string): Promise<boolean> {
    const signature = decodeBase64(body.signature, { lengthBytes: SIGNATURE_BYTES });
    const publicKey = decodeBase64(identityKey, { lengthBytes: 32 });
    if (!hasStrictForm(signature, publicKey)) return Promise.resolve(false);
    return this.#equations.verify({ signature, publicKey, message: signingInput(kind, body) });
  }
}
