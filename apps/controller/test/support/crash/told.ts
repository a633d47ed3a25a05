// What a controller has told its clients, and what of it is not true of files that it left behind.

import {
  type Checkpoint,
  proveConsistency,
  subtreesFromTiles,
  TILE_WIDTH,
  TREE_HASH_LENGTH_BYTES,
  verifyConsistency,
} from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { decodeBase64, type EpochId, encodeBase64, type NodeId, parseNodeId, toHex } from '@mesh/primitives';
import { answerDigest, type BenchmarkAnswer, type BenchmarkMessage, type TokenId } from '@mesh/protocol';
import type { Storage } from '../../../src/compose/open-storage.ts';
import type { ToldLine } from '../../../src/store/told-file.ts';

/**
 * One answer that reached a client, or one head that others could read. Each is true for ever from then on,
 * whatever is still under way.
 */
export type Told =
  /** The controller's keys were made. */
  | { readonly kind: 'initialised' }
  | { readonly kind: 'enrolled'; readonly nodeId: string }
  /** A benchmark was accepted. */
  | { readonly kind: 'sequence'; readonly nodeId: string; readonly sequence: number }
  /** Its receipt promises an entry of the log. */
  | { readonly kind: 'receipt'; readonly index: number; readonly leafHash: string }
  /** A node was cut for good: it sends no good benchmark any more. */
  | { readonly kind: 'denied'; readonly nodeId: string }
  | { readonly kind: 'revoked'; readonly nodeId: string }
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'epoch'; readonly epochId: number }
  /** A head of the log was published. */
  | { readonly kind: 'head'; readonly size: number; readonly rootHash: string }
  /** A CA is to be the present one, or is it. */
  | { readonly kind: 'next-ca'; readonly pin: string }
  | { readonly kind: 'ca'; readonly pin: string }
  | { readonly kind: 'pool'; readonly root: string }
  /** An examiner got an assignment; its transcript was taken; its grades were. */
  | {
      readonly kind: 'exam';
      readonly examId: string;
      readonly examiner: string;
      readonly has: 'assigned' | 'committed' | 'answered';
    }
  /** A node got a config: what it was told is in the log, or waits for the next process in a file. */
  | { readonly kind: 'config'; readonly nodeId: NodeId; readonly epochId: EpochId; readonly sha256: string }
  /** These keys alone sign the log's heads. */
  | { readonly kind: 'log-keys'; readonly present: readonly string[] };

type Opened = Pick<Storage, 'view' | 'logStore' | 'logKeys' | 'journal' | 'examHistory' | 'toldRows'>;

/**
 * @param waiting what files say that nodes were told and the log does not have yet
 * @returns what was told and is not so, one phrase each
 */
export function untrueOf(
  storage: Opened,
  told: readonly Told[],
  waiting: readonly Pick<ToldLine, 'nodes' | 'sha256'>[],
): string[] {
  const leafAt = leavesOf(storage);
  return [
    ...told.flatMap((one) => untrue(storage, leafAt, one) ?? []),
    ...unprovenHeads(storage, told),
    ...forgottenConfigs(storage, told, waiting),
  ];
}

/** Configs that nodes got and that neither the log nor a file knows of. */
function forgottenConfigs(
  { toldRows, journal }: Opened,
  told: readonly Told[],
  waiting: Parameters<typeof untrueOf>[2],
): string[] {
  const known = new Set(waiting.flatMap(({ nodes, sha256 }) => nodes.map((nodeId) => `${nodeId} ${sha256}`)));
  const { size } = journal.head();
  return told.flatMap((one) => {
    if (one.kind !== 'config') return [];
    const { nodeId, epochId, sha256 } = one;
    const key = `${nodeId} ${sha256}`;
    if (!known.has(key)) {
      // The log has it under the newest epoch of its time.
      const { parts } = toldRows.page(nodeId, { epochId, from: 0, before: size });
      for (const { tellings } of parts)
        for (const telling of tellings) known.add(`${nodeId} ${telling.sha256}`);
    }
    return known.has(key) ? [] : [`what ${nodeId} was told in epoch ${epochId} is lost: ${sha256}`];
  });
}

function untrue(
  { view, logStore, logKeys, examHistory }: Opened,
  leafAt: ReturnType<typeof leavesOf>,
  told: Told,
): string | undefined {
  switch (told.kind) {
    case 'initialised':
      return undefined;
    case 'enrolled':
      return view.node(told.nodeId) === undefined ? `${told.nodeId} is not enrolled` : undefined;
    case 'sequence': {
      const stored = view.node(told.nodeId)?.sequences.benchmark ?? 0;
      return stored < told.sequence
        ? `benchmark ${told.sequence} of ${told.nodeId} is lost: the last one is ${stored}`
        : undefined;
    }
    case 'receipt':
      return leafAt(told.index) === told.leafHash
        ? undefined
        : `entry ${told.index} is not the one of its receipt`;
    case 'denied': {
      const membership = view.node(told.nodeId)?.membership;
      return membership === 'denied' ? undefined : `${told.nodeId} was denied, and is ${membership}`;
    }
    case 'revoked': {
      const status = view.node(told.nodeId)?.status;
      return status === 'revoked' ? undefined : `${told.nodeId} was revoked, and is ${status}`;
    }
    case 'token':
      return view.token(told.tokenId as TokenId) === undefined ? `token ${told.tokenId} is lost` : undefined;
    case 'epoch': {
      const last = view.epochs().at(-1)?.epochId ?? 0;
      return last < told.epochId
        ? `epoch ${told.epochId} was told, and the last one stored is ${last}`
        : undefined;
    }
    case 'head':
      try {
        logStore.check({ size: told.size, root: decodeBase64(told.rootHash) }, 'a head that was published');
        return undefined;
      } catch (error) {
        return String(error);
      }
    case 'next-ca':
      return [view.ca().pin, view.ca().next?.pin].includes(told.pin) ? undefined : 'a new CA is lost';
    case 'ca':
      return view.ca().pin === told.pin ? undefined : 'the CA is another than was told';
    case 'pool':
      return view.exams().pool(told.root) === undefined ? `pool ${told.root} is lost` : undefined;
    case 'exam': {
      const { examId, examiner, has } = told;
      const exam = view.exams().exam(examId) ?? examHistory.find(examId);
      const own = exam?.assignments.find((assignment) => assignment.examiner === examiner);
      const isLost =
        own === undefined ||
        (has !== 'assigned' && own.transcriptSha256 === undefined) ||
        (has === 'answered' && own.grades === undefined);
      return isLost ? `${examiner} is not ${has} in exam ${examId}` : undefined;
    }
    // Looked for together.
    case 'config':
      return undefined;
    case 'log-keys':
      return told.present.join() === logKeys.verifierKeys.join()
        ? undefined
        : 'other keys sign the log than was told';
  }
}

/** Reads each tile of leaves once. @returns what gives a leaf; undefined if the log is shorter */
function leavesOf({ logStore: { tiles }, journal }: Opened): (index: number) => string | undefined {
  const { size } = journal.head();
  const read = new Map<number, Uint8Array>();
  return (index) => {
    if (index >= size) return undefined;
    const tile = Math.floor(index / TILE_WIDTH);
    const width = Math.min(TILE_WIDTH, size - tile * TILE_WIDTH);
    const leaves = read.get(tile) ?? tiles.read({ level: 0, index: tile, width });
    read.set(tile, leaves);
    const at = (index % TILE_WIDTH) * TREE_HASH_LENGTH_BYTES;
    return encodeBase64(leaves.subarray(at, at + TREE_HASH_LENGTH_BYTES));
  };
}

/** A benchmark and its receipt, as the answer has them. */
export function toldOf(message: BenchmarkMessage, { receipt }: BenchmarkAnswer): Told[] {
  const { node_id: nodeId, sequence } = message;
  if (receipt === undefined) throw new Error('an answer has no receipt');
  return [
    { kind: 'sequence', nodeId, sequence },
    { kind: 'receipt', index: receipt.log_index, leafHash: receipt.leaf_hash },
  ];
}

/** A config of an epoch, as a node got it; nothing of one before the first epoch. */
export function toldConfigOf(
  nodeId: string,
  { body, raw }: { readonly body: { readonly epoch_id: EpochId }; readonly raw: object },
): Told[] {
  if (body.epoch_id === 0) return [];
  const sha256 = toHex(answerDigest('config', raw));
  return [{ kind: 'config', nodeId: parseNodeId(nodeId), epochId: body.epoch_id, sha256 }];
}

/**
 * Heads that were published, without a proof that the next one, and the last one signed, only grew from it.
 */
function unprovenHeads({ logStore }: Pick<Storage, 'logStore'>, told: readonly Told[]): string[] {
  const seen: Pick<Checkpoint, 'size' | 'root'>[] = told.flatMap((one) =>
    one.kind === 'head' ? [{ size: one.size, root: decodeBase64(one.rootHash) }] : [],
  );
  const last = logStore.last?.head;
  const heads = last === undefined ? seen : [...seen, last];
  return heads.slice(1).flatMap((head, at) => {
    const before = heads[at] as Pick<Checkpoint, 'size' | 'root'>;
    return isGrowth(before, head, logStore)
      ? []
      : [`no proof leads from the head of ${before.size} to that of ${head.size}`];
  });
}

function isGrowth(
  before: Pick<Checkpoint, 'size' | 'root'>,
  head: Pick<Checkpoint, 'size' | 'root'>,
  { tiles }: Pick<Storage['logStore'], 'tiles'>,
): boolean {
  try {
    const read = subtreesFromTiles(head.size, (tile) => tiles.read(tile), platformSha256);
    return verifyConsistency({
      oldSize: before.size,
      oldRoot: before.root,
      newSize: head.size,
      newRoot: head.root,
      proof: proveConsistency(before.size, head.size, read, platformSha256),
    });
  } catch {
    return false;
  }
}
