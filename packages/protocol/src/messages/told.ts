// What a node keeps of an answer that the controller has signed for it, and what that shows to others.

import {
  checkEd25519PublicKey,
  decodeBase64,
  type Ed25519Verify,
  fromHex,
  type MeshId,
  type NodeId,
  PrimitivesError,
  parseStrictJson,
  portableSha256,
  toHex,
} from '@mesh/primitives';
import * as z from 'zod';
import { answerDigest } from '../answer-digest.ts';
import * as field from '../fields.ts';
import { verifyMessage } from '../sign-message.ts';
import { verifyLeaf } from '../sign-together.ts';
import { configBatch } from './config.ts';

export const keptAnswer = z.strictObject({
  kind: z.enum(['config', 'removal_notice']),
  /** `answerDigest`, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
  version: z.string(),
  epoch_id: z.number(),
  /** By the controller's clock, as the answer says. */
  server_time_ms: z.number(),
  allowed: z.boolean().optional(),
  /** The config key that has signed it, which the node trusted then. */
  signed_by: field.base64Of(32),
  signature: field.signature,
  /** Of a config that was signed with others. */
  batch: configBatch.optional(),
  /**
   * The RFC 8785 text of what was signed. Absent if it has keys, which are nothing for a disk, or is long.
   */
  body: z.string().optional(),
});
export type KeptAnswer = z.infer<typeof keptAnswer>;

/**
 * What a kept answer shows: `answer`, that the key has signed this text for the node; `digest`, that it has
 * signed a config with this digest for some node of the mesh; `nothing`, if what is needed was not kept, or
 * if something does not fit. The reader has to know whether the key is one of the mesh's controller.
 */
export function verifyKept(
  kept: KeptAnswer,
  meshId: MeshId,
  nodeId: NodeId,
  verify?: Ed25519Verify,
): 'answer' | 'digest' | 'nothing' {
  try {
    const key = decodeBase64(kept.signed_by, { lengthBytes: 32 });
    checkEd25519PublicKey(key);
    if (kept.body !== undefined)
      return isOfNode(kept, kept.body, meshId, nodeId, key, verify) ? 'answer' : 'nothing';
    return isInBatch(kept, meshId, key, verify) ? 'digest' : 'nothing';
  } catch (error) {
    if (error instanceof PrimitivesError) return 'nothing';
    throw error;
  }
}

function isOfNode(
  { kind, sha256, signature }: KeptAnswer,
  body: string,
  meshId: MeshId,
  nodeId: NodeId,
  key: Uint8Array,
  verify: Ed25519Verify | undefined,
): boolean {
  const said = parseStrictJson(body) as { readonly [name: string]: unknown };
  if (said.mesh_id !== meshId || (kind === 'config' && said.node_id !== nodeId)) return false;
  if (toHex(answerDigest(kind, said)) !== sha256) return false;
  return verifyMessage(kind, { ...said, signature }, key, verify);
}

function isInBatch(
  { kind, sha256, signature, batch }: KeptAnswer,
  meshId: MeshId,
  key: Uint8Array,
  verify: Ed25519Verify | undefined,
): boolean {
  if (batch === undefined || kind !== 'config') return false;
  const signer = { publicKey: key, meshId };
  return verifyLeaf('config', fromHex(sha256), batch, signature, signer, verify, portableSha256);
}
