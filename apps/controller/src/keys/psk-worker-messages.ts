// The messages between the controller's main thread and the worker that holds the epoch secrets. They contain
// no epoch secret: public keys go in, and sealed PSKs and commitments come out. Unsealed PSKs come out only
// if the operator allows them: for nodes that send no key to seal to, and for the proof of concept's agents.

import type { EpochId, MeshId, NodeId } from '@mesh/primitives';
import type { KemKeyId, SealSuite } from '@mesh/seal';

export interface PairEndMessage {
  readonly nodeId: NodeId;
  /** Strict base64, 32 bytes. */
  readonly publicKey: string;
}

/** One epoch's part of a config's keys. Ends have the numbers that `ends` gave them. */
export interface EpochPairs {
  readonly epochId: EpochId;
  /** RFC 3339; absent for the epoch in force. */
  readonly activateAt?: string;
  readonly self: number;
  readonly peers: Uint32Array;
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
  /** Base64. */
  readonly sealed: string;
}

/** What the request for each operation carries. */
interface PskRequestFields {
  /** Draws the secret of an epoch. */
  readonly open: { readonly meshId: MeshId; readonly epochId: EpochId };
  /** Derives the PSKs of one node with its peers. */
  readonly derive: EpochPairs;
  /**
   * Derives the PSKs of one node with its peers and seals them to the node. The PSKs leave the worker only
   * sealed.
   */
  readonly seal: SealRequest;
  /** Encapsulates ahead to these nodes, when there is nothing else to do. */
  readonly prepare: { readonly nodes: readonly SealRecipientMessage[] };
  /** Zeroes everything that belongs to earlier epochs. */
  readonly close_before: { readonly epochId: EpochId };
}

/** What the reply to each operation carries. */
export interface PskReplies {
  /** The commitment to the secret, "sha256:…". */
  readonly open: string;
  /** 32 bytes for each peer, in order. */
  readonly derive: Uint8Array;
  readonly seal: SealedReply;
  /** Nothing. The reply comes when it is done or has failed. */
  readonly prepare: undefined;
  readonly close_before: undefined;
}

export type PskOperation = keyof PskReplies;

export type PskRequest<Op extends PskOperation = PskOperation> = {
  [One in Op]: { readonly op: One; readonly id: number } & PskRequestFields[One];
}[Op];

/**
 * Names ends of pairs. Their numbers follow those of the ends before, beginning with 0. It comes before the
 * first request that uses the numbers, and has no reply.
 */
export interface EndsMessage {
  readonly op: 'ends';
  readonly ends: readonly PairEndMessage[];
}

/** Makes the worker zero everything and end its thread. The end of the thread is the reply. */
export interface EndRequest {
  readonly op: 'end';
}

/** What the main thread posts: everything that it has to say in one turn, in order. */
export type PskMessages = readonly (PskRequest | EndsMessage | EndRequest)[];

/** What the worker posts: the replies to one post, or to a part of it. */
export type PskReplyBatch = readonly PskReply[];

export type PskReply<Op extends PskOperation = PskOperation> =
  | { readonly id: number; readonly ok: true; readonly value: PskReplies[Op] }
  | { readonly id: number; readonly ok: false; readonly message: string };
