// The controller's log, as others know it: its name, its keys, and its entries.

import type { MeshId, NodeId } from '@mesh/primitives';
import * as z from 'zod';
import * as field from '../fields.ts';

/** Whose signatures the heads of the log bear (C2SP signed-note). */
export const logIdentity = z.object({
  /** The first line of every checkpoint, and the name of the keys. */
  origin: z.string().min(1).max(255),
  /** Verifier keys in the form `name+id+base64`: Ed25519 first, then ML-DSA-44. */
  verifier_keys: z.array(z.string().max(4096)).min(1).max(8),
});
export type LogIdentity = z.infer<typeof logIdentity>;

/** The name and the keys of the log, and whose cosignatures of its heads the controller asks for. */
export const logKeyView = logIdentity.extend({
  /**
   * Absent: the controller does not say. `keys` are verifier keys, as the controller's settings name them.
   */
  witnesses: z.array(z.object({ url: z.string(), keys: z.array(z.string()) })).optional(),
  /** How many witnesses have to cosign a head before it counts. */
  required_cosignatures: field.count.optional(),
});
export type LogKeyView = z.infer<typeof logKeyView>;

/**
 * A head of the log: how many entries it covers, and their RFC 6962 root. With the origin, these are the
 * lines of the checkpoint. Before the first head it is the empty tree.
 */
export const logHead = z.strictObject({ size: field.count, root_hash: field.base64Of(32) });

/** The id of a key and its longest signature: ML-DSA-44 with its time (C2SP tlog-cosignature). */
const MAX_SIGNATURE_BYTES = 4 + 8 + 2420;
/** No tree below 2^64 entries has a longer proof. */
const MAX_PROOF_HASHES = 63;

/**
 * What shows a node that the head in its config is the log's, and that the log has only grown. With the
 * origin, `log_head` is the text of the checkpoint.
 */
export const logProof = z.strictObject({
  /** The log's signatures of the checkpoint, as in its note: base64 of the key's id and the signature. */
  signatures: z.array(field.base64UpTo(MAX_SIGNATURE_BYTES)).min(1).max(8),
  /**
   * RFC 9162, section 2.1.4: from the size that the query names to the head. Empty if the head is not larger.
   */
  consistency: z.array(field.base64Of(32)).max(MAX_PROOF_HASHES),
});
export type LogProof = z.infer<typeof logProof>;

/** A decision on a node, in one file that shows it without the controller (see @mesh/evidence). */
export const proofAnswer = z.object({ file: z.string() });
export type ProofAnswer = z.infer<typeof proofAnswer>;

/** A member's cosignature of a head that it has accepted (C2SP tlog-cosignature, Ed25519). */
export const logCosignature = z.strictObject({
  ...logHead.shape,
  /** When it was cosigned, in seconds since 1970. */
  time: field.count.max(Number.MAX_SAFE_INTEGER),
  /** By the node's identity key, of the name that `memberCosigner` gives. */
  signature: field.base64Of(64),
});
export type LogCosignature = z.infer<typeof logCosignature>;

/** The name of a member's key in its cosignatures. */
export function memberCosigner(meshId: MeshId, nodeId: NodeId): string {
  return `${meshId}/node/${nodeId}`;
}
