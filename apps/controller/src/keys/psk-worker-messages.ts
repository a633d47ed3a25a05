// What passes between the controller's main thread and the worker that holds the epoch secrets. No epoch
// secret is among it: public keys go in, and sealed PSKs and commitments come out. PSKs in the clear come out
// only where the operator allows them: for nodes that send no key to seal to, and for the proof of concept's
// agents.

import type { EpochId, MeshId, NodeId } from '@mesh/primitives';
import type { KemKeyId, SealSuite } from '@mesh/seal';

export interface PairEndMessage {
  readonly nodeId: NodeId;
  /** Strict base64, 32 bytes. */
  readonly publicKey: string;
}

/** One epoch's part of a config's keys. */
export interface EpochPairs {
  readonly epochId: EpochId;
  /** RFC 3339; absent for the epoch in force. */
  readonly activateAt?: string;
  readonly self: PairEndMessage;
  readonly peers: readonly PairEndMessage[];
}

/** A node and the key that its keys are sealed to. */
export interface SealRecipientMessage {
  readonly nodeId: NodeId;
  /** `SUITE:BASE64`. */
  readonly kemPublicKey: string;
}

export interface SealRequest extends SealRecipientMessage {
  /** The version of the config that carries the sealed keys. */
  readonly version: string;
  readonly current?: EpochPairs;
  readonly next?: EpochPairs;
}

export interface SealedReply {
  readonly suite: SealSuite;
  readonly kemKeyId: KemKeyId;
  /** The epoch of the context: the oldest one whose keys are inside. */
  readonly epochId: EpochId;
  /** Base64. */
  readonly enc: string;
  readonly sequence: number;
  readonly sealed: Uint8Array;
}

/** What is asked for, by operation. */
interface Asked {
  /** Draws the secret of an epoch. */
  readonly open: { readonly meshId: MeshId; readonly epochId: EpochId };
  /** Derives the PSKs of one node with its peers. */
  readonly derive: {
    readonly epochId: EpochId;
    readonly self: PairEndMessage;
    readonly peers: readonly PairEndMessage[];
  };
  /**
   * Derives the PSKs of one node with its peers and seals them to the node. No PSK leaves the worker in the
   * clear.
   */
  readonly seal: SealRequest;
  /** Encapsulates ahead to these nodes, when there is nothing else to do. */
  readonly prepare: { readonly nodes: readonly SealRecipientMessage[] };
  /** Derives the proof of concept's key of one node. */
  readonly single: { readonly epochId: EpochId; readonly nodeId: NodeId };
  /** Zeroes everything of the epochs before this one. */
  readonly close_before: { readonly epochId: EpochId };
}

/** What the reply to each operation carries. */
export interface PskReplies {
  /** The commitment to the secret, "sha256:…". */
  readonly open: string;
  /** 32 bytes for each peer, in order. */
  readonly derive: Uint8Array;
  readonly seal: SealedReply;
  /** Nothing: it has been done, or could not be. */
  readonly prepare: undefined;
  /** 32 bytes. */
  readonly single: Uint8Array;
  readonly close_before: undefined;
}

export type PskOperation = keyof PskReplies;

export type PskRequest<Op extends PskOperation = PskOperation> = {
  [One in Op]: { readonly op: One; readonly id: number } & Asked[One];
}[Op];

/** Has the worker zero everything and end its thread. The reply is its end. */
export interface EndRequest {
  readonly op: 'end';
}

export type PskReply<Op extends PskOperation = PskOperation> =
  | { readonly id: number; readonly ok: true; readonly value: PskReplies[Op] }
  | { readonly id: number; readonly ok: false; readonly message: string };
