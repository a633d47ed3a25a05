// The attestors of a policy: whose signature proves that a third party measured.

import { checkEd25519PublicKey, decodeBase64 } from '@mesh/primitives';
import * as z from 'zod';
import { namedValues } from './policy-fields.ts';

/** The public key of each key id: Ed25519, strict base64. */
export type Attestors = Readonly<Record<string, string>>;

/** Names the key of an attestor, in policies and in attestations. */
export const ATTESTOR_KEY_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/;
const MAX_ATTESTORS = 64;

const publicKey = z.string().superRefine((text, context) => {
  try {
    checkEd25519PublicKey(decodeBase64(text, { lengthBytes: 32 }));
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no key' });
  }
});

export const attestors = namedValues
  .pipe(
    z.record(
      z.string().regex(ATTESTOR_KEY_ID, 'is no key id: use A-Z, a-z, 0-9 and "_.:-", at most 64 characters'),
      publicKey,
    ),
  )
  .refine((keys) => Object.keys(keys).length >= 1, 'must name an attestor, or be left out')
  .refine((keys) => Object.keys(keys).length <= MAX_ATTESTORS, `may name at most ${MAX_ATTESTORS} attestors`);

/** What is weaker about other attestors, one sentence each. */
export function* otherAttestors(
  before: Attestors | undefined,
  after: Attestors | undefined,
): Generator<string> {
  if (before === undefined) return;
  if (after === undefined) {
    yield "attestors is gone: third_party is the node's own word";
    return;
  }
  const added = Object.keys(after).filter((keyId) => after[keyId] !== before[keyId]);
  if (added.length > 0) yield `attestors accepts other keys: ${added.sort().join(', ')}`;
}
