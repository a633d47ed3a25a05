// What nodes were told, sealed beside the entries of the log that commit to it. What is erased of one node
// leaves its leaf behind, so that the others' paths stay.

import { type Telling, toldLeaf } from '@mesh/evidence';
import { platformSha256 } from '@mesh/host';
import type { ToldBatch } from '@mesh/membership';
import { decodeBase64, type EpochId, encodeBase64, type NodeId } from '@mesh/primitives';
import type { Database, Statement } from 'better-sqlite3';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';

/** What one entry commits to about one node. */
export interface ToldPart {
  /** Of the entry. */
  readonly index: number;
  readonly salt: Uint8Array;
  readonly tellings: readonly Telling[];
  /** The node's place among the leaves. */
  readonly place: number;
  /** Of every node, in order. */
  readonly leaves: readonly Uint8Array[];
}

export interface ToldRow {
  readonly log_index: number;
  readonly epoch_id: EpochId;
  readonly sealed: Uint8Array;
}

/** As it is sealed. */
interface KeptBatch {
  /** Each once: a removal notice is told to many. */
  readonly tellings: readonly Telling[];
  readonly nodes: readonly (KeptNode | { readonly leaf: string })[];
}

interface KeptNode {
  readonly node: NodeId;
  readonly salt: string;
  readonly told: readonly string[];
  /** Which of the tellings these are. */
  readonly at: readonly number[];
}

/** No proof holds more entries about what a node was told. */
const MOST_PARTS = 8;

export class ToldRows {
  readonly #sealer: Sealer;
  readonly #insert: Statement;
  readonly #ofNode: Statement;
  readonly #ofNodeFrom: Statement;
  readonly #ofEpoch: Statement;

  constructor(db: Database, sealer: Sealer) {
    this.#sealer = sealer;
    this.#insert = db.prepare(
      'INSERT INTO configs_told (log_index, epoch_id, first_node, last_node, sealed) VALUES (?, ?, ?, ?, ?)',
    );
    this.#ofNode = db.prepare(
      `SELECT log_index, epoch_id, sealed FROM configs_told
       WHERE epoch_id BETWEEN ? AND ? AND first_node <= ? AND last_node >= ? AND log_index < ?
       ORDER BY log_index LIMIT ${MOST_PARTS}`,
    );
    this.#ofNodeFrom = db.prepare(
      `SELECT log_index, epoch_id, sealed FROM configs_told
       WHERE log_index >= ? AND log_index < ? AND epoch_id >= ? AND first_node <= ? AND last_node >= ?
       ORDER BY log_index LIMIT ${MOST_PARTS}`,
    );
    this.#ofEpoch = db.prepare('SELECT log_index, epoch_id, sealed FROM configs_told WHERE epoch_id = ?');
  }

  /** Writes inside the transaction of the entry. */
  write({ epochId, nodes }: ToldBatch, index: number): void {
    const [first, last] = [nodes[0], nodes.at(-1)];
    if (first === undefined || last === undefined) return;
    const sealed = sealTold(this.#sealer, index, keptOf(nodes));
    this.#insert.run(index, epochId, first.nodeId, last.nodeId, sealed);
  }

  /**
   * What the log says was told in an epoch, as far as it is kept: `NODE HASH` for each answer, with its
   * `hashTelling`.
   */
  recordedIn(epochId: EpochId): Set<string> {
    const rows = this.#ofEpoch.all(epochId) as ToldRow[];
    const nodes = rows.flatMap((row) => openTold(this.#sealer, row).nodes);
    return new Set(
      nodes.flatMap((kept) => ('node' in kept ? kept.told.map((hash) => `${kept.node} ${hash}`) : [])),
    );
  }

  /** What is kept of what a node was told in these epochs. @param before only entries before this one */
  find(nodeId: NodeId, from: EpochId, to: EpochId, before: number): ToldPart[] {
    const rows = this.#ofNode.all(from, to, nodeId, nodeId, before) as ToldRow[];
    return rows.flatMap((row) => this.#partOf(row, nodeId));
  }

  /**
   * What is kept of what a node was told in an epoch and later, some entries at a time.
   * @param from only entries from this one on. @param before only entries before this one
   */
  page(
    nodeId: NodeId,
    { epochId, from, before }: { readonly epochId: EpochId; readonly from: number; readonly before: number },
  ): { readonly parts: readonly ToldPart[]; readonly next: number | undefined } {
    const rows = this.#ofNodeFrom.all(from, before, epochId, nodeId, nodeId) as ToldRow[];
    const last = rows.length < MOST_PARTS ? undefined : rows.at(-1);
    return {
      parts: rows.flatMap((row) => this.#partOf(row, nodeId)),
      next: last === undefined ? undefined : last.log_index + 1,
    };
  }

  #partOf(row: ToldRow, nodeId: NodeId): ToldPart[] {
    const { tellings, nodes } = openTold(this.#sealer, row);
    const place = nodes.findIndex((kept) => 'node' in kept && kept.node === nodeId);
    const own = nodes[place];
    if (own === undefined || !('node' in own)) return [];
    return [
      {
        index: row.log_index,
        salt: decodeBase64(own.salt),
        tellings: own.at.map((at) => tellings[at] as Telling),
        place,
        leaves: nodes.map((kept) => leafOf(kept, row.epoch_id)),
      },
    ];
  }
}

/** The leaves that a row stands for. @throws HostError `envelope_invalid` if it does not open */
export function toldLeaves(sealer: Sealer, row: ToldRow): Uint8Array[] {
  return openTold(sealer, row).nodes.map((kept) => leafOf(kept, row.epoch_id));
}

/** @returns the row's bytes without what one node was told; undefined if it says nothing about the node */
export function withoutNode(sealer: Sealer, row: ToldRow, nodeId: NodeId): Uint8Array | undefined {
  const { tellings, nodes } = openTold(sealer, row);
  if (!nodes.some((kept) => 'node' in kept && kept.node === nodeId)) return undefined;
  const left = nodes.map((kept) =>
    'node' in kept && kept.node === nodeId ? { leaf: encodeBase64(leafOf(kept, row.epoch_id)) } : kept,
  );
  const used = new Set(left.flatMap((kept) => ('node' in kept ? kept.at : [])));
  const kept = tellings.map((telling, at) => (used.has(at) ? telling : null));
  return sealTold(sealer, row.log_index, { tellings: kept as Telling[], nodes: left });
}

function keptOf(nodes: ToldBatch['nodes']): KeptBatch {
  const places = new Map<Telling, number>();
  const placeOf = (telling: Telling): number => {
    const known = places.get(telling) ?? places.size;
    places.set(telling, known);
    return known;
  };
  const kept = nodes.map(({ nodeId, salt, told, tellings }) => ({
    node: nodeId,
    salt: encodeBase64(salt),
    told,
    at: tellings.map(placeOf),
  }));
  return { tellings: [...places.keys()], nodes: kept };
}

function leafOf(kept: KeptBatch['nodes'][number], epochId: EpochId): Uint8Array {
  if ('leaf' in kept) return decodeBase64(kept.leaf);
  const { node: nodeId, salt, told } = kept;
  return toldLeaf({ nodeId, epochId, salt: decodeBase64(salt), told }, platformSha256);
}

const sealTold = (sealer: Sealer, index: number, batch: KeptBatch): Uint8Array =>
  sealer.seal(SealedFor.told, String(index), Buffer.from(JSON.stringify(batch)));

function openTold(sealer: Sealer, row: ToldRow): KeptBatch {
  const opened = sealer.open(SealedFor.told, String(row.log_index), row.sealed);
  return JSON.parse(Buffer.from(opened).toString()) as KeptBatch;
}
