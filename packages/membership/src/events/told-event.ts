// What happens when it is recorded what nodes were told: the log gets the root of a tree over one leaf for
// each node, and the rows beside the log get what the leaves are made of (@mesh/evidence says how).

import { type EpochId, encodeBase64, type JsonValue, type NodeId } from '@mesh/primitives';

/** One signed answer to a query for a config. */
export interface ToldAnswer {
  readonly kind: 'config' | 'removal_notice';
  /** Of what was signed, in hex. */
  readonly sha256: string;
  readonly version: string;
  /** RFC 3339. */
  readonly sent_at: string;
  readonly allowed?: boolean | undefined;
  readonly reason_code?: string | undefined;
}

/** What some nodes were told in one epoch. */
export interface ToldBatch {
  readonly epochId: EpochId;
  /** Ordered by id. */
  readonly nodes: readonly {
    readonly nodeId: NodeId;
    /** 32 bytes. */
    readonly salt: Uint8Array;
    /** The hashes of `tellings`, base64. */
    readonly told: readonly string[];
    readonly tellings: readonly ToldAnswer[];
  }[];
  /** Of the tree over their leaves, 32 bytes. */
  readonly root: Uint8Array;
  /** How many answers could not be recorded before this batch. */
  readonly lost: number;
  /** It was told by a process that ended before it could record it. */
  readonly isRecovered: boolean;
}

export interface ToldEvent {
  readonly type: 'configs_told';
  readonly epochId: EpochId;
  /** Kept beside the log, sealed and erasable. */
  readonly batch: ToldBatch;
}

/** What an entry shows. */
export function toldLogData({ batch }: ToldEvent): { readonly [name: string]: JsonValue } {
  const { nodes, root, lost, isRecovered } = batch;
  return {
    ...{ nodes: nodes.length, root: encodeBase64(root) },
    ...(lost === 0 ? {} : { lost }),
    ...(isRecovered ? { recovered: true } : {}),
  };
}
