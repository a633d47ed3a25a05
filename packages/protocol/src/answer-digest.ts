// The digest of what a node was told: a config, or a removal notice.
//
//   SHA-256(0x00 ‖ signingInput(kind, body))
//
// The body is the answer without `signature` and `batch`. The digest of a config is its leaf in the tree of a
// batch, so a holder of the path and the signature of a batch can show that a digest was signed.

import { portableSha256, type Sha256, utf8 } from '@mesh/primitives';
import { type MessageKind, signedText, unsignedText } from './sign-message.ts';

export type AnswerKind = 'config' | 'removal_notice';

/**
 * @param body as it was received, or as it is before it is signed
 * @returns 32 bytes, owned by the caller
 * @throws PrimitivesError if the body has no canonical form
 */
export function answerDigest(kind: AnswerKind, body: object, sha256: Sha256 = portableSha256): Uint8Array {
  const { batch: _, ...alone } = body as { readonly batch?: unknown };
  return digestOfText(kind, unsignedText(alone), sha256);
}

/** @param text as `unsignedText` gives it */
export function digestOfText(kind: MessageKind, text: string, sha256: Sha256): Uint8Array {
  // U+0000 is the byte 0x00 in UTF-8, which tells a leaf from an inner node. One text costs less than two
  // byte strings that are joined.
  return sha256(utf8(`\u0000${signedText(kind, text)}`));
}
