// What passes between the controller's main thread and the worker that holds the epoch secrets. Secrets do not:
// only public keys go in, only sealed PSKs and commitments come out; and PSKs in the clear for a node without a key to
// seal to, where the operator allows it.

import type { EpochId, MeshId, NodeId } from '@mesh/primitives';
import type { KemKeyId, SealSuite } from '@mesh/seal';
import type { ContextOrigin } from './seal-contexts.ts';

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

/** A node and what is sealed to it by. */
export interface SealRecipientMessage {
  readonly nodeId: NodeId;
  /** `SUITE:BASE64`. */
  readonly kemPublicKey: string;
}

export interface SealRequest extends SealRecipientMessage {
  /** Of the config that carries it. */
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
  readonly origin: ContextOrigin;
}

export type PskRequest =
  /** Draws the secret of an epoch; answers with its commitment. */
  | { readonly op: 'open'; readonly id: number; readonly meshId: MeshId; readonly epochId: EpochId }
  /** Derives the PSKs of one node with its peers; answers with 32 bytes a peer, in order. */
  | {
      readonly op: 'derive';
      readonly id: number;
      readonly epochId: EpochId;
      readonly self: PairEndMessage;
      readonly peers: readonly PairEndMessage[];
    }
  /** Derives the PSKs of one node with its peers and seals them to the node; nothing is in the clear outside. */
  | ({ readonly op: 'seal'; readonly id: number } & SealRequest)
  /** Encapsulates ahead to these nodes, when there is nothing else to do; answers when that is done. */
  | { readonly op: 'prepare'; readonly id: number; readonly nodes: readonly SealRecipientMessage[] }
  /** The proof of concept's key per node. */
  | { readonly op: 'single'; readonly id: number; readonly epochId: EpochId; readonly nodeId: NodeId }
  /** Zeroes everything of the epochs before this one. */
  | { readonly op: 'close_before'; readonly id: number; readonly epochId: EpochId }
  /** Zeroes everything and ends the thread; answers with its end. */
  | { readonly op: 'end'; readonly id: number };

export type PskReply =
  | {
      readonly id: number;
      readonly ok: true;
      readonly commitment?: string;
      readonly psks?: Uint8Array;
      readonly sealed?: SealedReply;
    }
  | { readonly id: number; readonly ok: false; readonly message: string };
