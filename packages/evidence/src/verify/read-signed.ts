// A message as it was received, if it has the form of its kind and the key has signed it.

import {
  checkEd25519PublicKey,
  decodeBase64,
  type Ed25519Verify,
  PrimitivesError,
  parseStrictJson,
} from '@mesh/primitives';
import { type MessageKind, verifyMessage } from '@mesh/protocol';
import type * as z from 'zod';

/** @param identityKey base64. @returns undefined if it is not such a message */
export function readSigned<Message>(
  kind: MessageKind,
  form: z.ZodType<Message>,
  text: string,
  identityKey: string,
  verify: Ed25519Verify | undefined,
): Message | undefined {
  try {
    const key = decodeBase64(identityKey, { lengthBytes: 32 });
    checkEd25519PublicKey(key);
    const body = parseStrictJson(text) as object;
    const parsed = form.safeParse(body);
    return parsed.success && verifyMessage(kind, body, key, verify) ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof PrimitivesError) return undefined;
    throw error;
  }
}
