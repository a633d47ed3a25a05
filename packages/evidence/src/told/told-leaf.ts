// What a node was told in an epoch, as the log commits to it.
//
//   telling     one config or removal notice: { kind, sha256, version, sent_at, allowed?, reason_code? }
//   leaf        leafHash(UTF-8 of commitDetails(salt, { node_id, epoch_id, told }))
//               `told` has SHA-256(JCS(telling)) of each in base64, the oldest first
//   entry       `configs_told`: how many nodes, and the root of the RFC 6962 tree over their leaves
//
// The salt hides what a neighbour in the tree was told: the reason of a denial could be guessed.

import { commitDetails, leafHash } from '@mesh/audit';
import {
  canonicalJson,
  defined,
  type EpochId,
  encodeBase64,
  type JsonValue,
  type NodeId,
  portableSha256,
  type Sha256,
  utf8,
} from '@mesh/primitives';

/** The type of the entry. */
export const TOLD_TYPE = 'configs_told';

/** One signed answer to a query of the node for its config. */
export interface Telling {
  /** `removal_notice`: the same bytes for all nodes of a class. */
  readonly kind: 'config' | 'removal_notice';
  /** `answerDigest` of what was signed, in lower-case hex. */
  readonly sha256: string;
  readonly version: string;
  /** RFC 3339. */
  readonly sent_at: string;
  /** Whether it lets the node in. Only configs say so. */
  readonly allowed?: boolean | undefined;
  /** Why, as the config says. */
  readonly reason_code?: string | undefined;
}

/** What one node was told in an epoch. */
export interface ToldNode {
  readonly nodeId: NodeId;
  readonly epochId: EpochId;
  /** 32 random bytes of its own. */
  readonly salt: Uint8Array;
  /** `hashTelling` of each, the oldest first. */
  readonly told: readonly string[];
}

/** @returns base64 */
export function hashTelling(telling: Telling, sha256: Sha256 = portableSha256): string {
  return encodeBase64(sha256(utf8(canonicalJson(defined({ ...telling }) as unknown as JsonValue))));
}

/** The hash of a node's leaf in the tree of an entry, 32 bytes. */
export function toldLeaf(
  { nodeId, epochId, salt, told }: ToldNode,
  sha256: Sha256 = portableSha256,
): Uint8Array {
  const details = { node_id: nodeId, epoch_id: epochId, told: [...told] };
  return leafHash(utf8(commitDetails(salt, details, sha256)), sha256);
}
