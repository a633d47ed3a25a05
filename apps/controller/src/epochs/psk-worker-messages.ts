// What passes between the controller's main thread and the worker that holds the epoch secrets. Secrets do not:
// only public keys go in, only pair PSKs and commitments come out.

import type { EpochId, MeshId } from '@mesh/primitives';

export interface PairEndMessage {
  readonly nodeId: string;
  /** Strict base64, 32 bytes. */
  readonly publicKey: string;
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
  /** The proof of concept's key per node. */
  | { readonly op: 'single'; readonly id: number; readonly epochId: EpochId; readonly nodeId: string }
  /** Zeroes everything of the epochs before this one. */
  | { readonly op: 'close_before'; readonly id: number; readonly epochId: EpochId };

export type PskReply =
  | { readonly id: number; readonly ok: true; readonly commitment?: string; readonly psks?: Uint8Array }
  | { readonly id: number; readonly ok: false; readonly message: string };
