// What the log does again and again, each measured alone: durable appends through the controller's journal,
// and proofs from tiles.

import {
  proveConsistency,
  proveInclusion,
  type ReadTile,
  rootFromTiles,
  subtreesFromTiles,
  TileEdge,
  verifyConsistency,
  verifyInclusion,
} from '@mesh/audit';
import { platformSha256 } from '@mesh/host';
import { done } from '@mesh/membership';
import type { SqliteJournal } from '../../../apps/controller/src/store/sqlite-journal.ts';
import { firstBenchmark, nodeIdOf } from '../controller/seeded-nodes.ts';
import { type Part, perOperation, repeat, repeatTogether } from '../limits/part.ts';
import { computedLeaf } from './computed-tree.ts';

export const appendName = (waiting: number): string =>
  waiting === 1 ? 'one append at a time' : `${waiting} appends wait at once`;

/** How many nodes take turns in the entries. */
export const NODES = 64;

/** Makes the next entry each time: a benchmark of the next node, as it is accepted. */
export function nextEntry(journal: SqliteJournal): () => Promise<unknown> {
  let count = 0;
  return () => {
    count += 1;
    const event = firstBenchmark(nodeIdOf(count % NODES), Date.now(), undefined);
    const benchmark = { ...event.benchmark, sequence: 1 + count };
    return journal.run(() => done([{ ...event, benchmark }]));
  };
}

export const appendPart = (append: () => Promise<unknown>, waiting: number, turnMs: number): Part => ({
  name: appendName(waiting),
  run: async () => {
    const cpu = process.cpuUsage();
    const workers = Array.from({ length: waiting }, () => append);
    const { operations, wallMs } = await repeatTogether(turnMs, workers);
    return perOperation(operations, wallMs, process.cpuUsage(cpu));
  },
});

/** "of 1,000 entries": what a log is called in the names of parts. */
export const named = (entries: number, what = 'entries'): string =>
  `of ${entries.toLocaleString('en-US')} ${what}`;

/** A log whose tiles can be read. */
export interface ReadableLog {
  /** In entries. */
  readonly size: number;
  /** As `named` makes it. */
  readonly name: string;
  readonly readTile: ReadTile;
  /** `leafHash` of an entry. */
  readonly leaf: (index: number) => Uint8Array;
}

export const MADE = ['inclusion made', 'consistency made'] as const;
export const VERIFIED = ['inclusion verified', 'consistency verified'] as const;

export const proofName = (what: string, { name }: Pick<ReadableLog, 'name'>): string => `${what}, ${name}`;

/** Proofs of a log for places that are spread over it: made and verified, of inclusion and of consistency. */
export function proofParts(log: ReadableLog, turnMs: number): Part[] {
  const { size, readTile } = log;
  const read = subtreesFromTiles(size, readTile, platformSha256);
  const root = rootFromTiles(size, readTile, platformSha256);
  const places = spreadOver(size);
  const inclusions = places.map((index) => ({
    leaf: log.leaf(index),
    index,
    size,
    path: proveInclusion(index, size, read, platformSha256),
    root,
  }));
  const consistencies = places.map((oldSize) => ({
    oldSize,
    oldRoot: rootFromTiles(oldSize, readTile, platformSha256),
    newSize: size,
    newRoot: root,
    proof: proveConsistency(oldSize, size, read, platformSha256),
  }));
  const inOrder = <Item>(items: readonly Item[]): (() => Item) => {
    let at = 0;
    return () => items[at++ % items.length] as Item;
  };
  const [place, inclusion, consistency] = [inOrder(places), inOrder(inclusions), inOrder(consistencies)];
  const holds = (isProof: boolean): void => {
    if (!isProof) throw new Error(`a proof of ${log.name} does not verify`);
  };
  const work: readonly [string, () => unknown][] = [
    [MADE[0], () => proveInclusion(place(), size, read, platformSha256)],
    [MADE[1], () => proveConsistency(place(), size, read, platformSha256)],
    [VERIFIED[0], () => holds(verifyInclusion(inclusion(), platformSha256))],
    [VERIFIED[1], () => holds(verifyConsistency(consistency(), platformSha256))],
  ];
  return work.map(([what, once]) => ({
    name: proofName(what, log),
    run: async () => repeat(turnMs, once),
  }));
}

export const GROW = 'one entry appended to the edge of the tree';
export const GROW_AND_ROOT = 'one entry appended, and the root';

/** What an append costs without the disk, for a log of which only the edge is in memory. */
export function growParts({ size, readTile }: ReadableLog, turnMs: number): Part[] {
  const edge = TileEdge.fromTiles(size, readTile, platformSha256);
  const leaf = computedLeaf(0);
  return [
    { name: GROW, run: async () => repeat(turnMs, () => edge.append(leaf)) },
    {
      name: GROW_AND_ROOT,
      run: async () =>
        repeat(turnMs, () => {
          edge.append(leaf);
          return edge.root();
        }),
    },
  ];
}

const PLACES = 32;

/** Different in all of their bits, the same in every run; from 1. */
function spreadOver(size: number): number[] {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Array.from({ length: PLACES }, (_, at) => 1 + Math.floor((((at + 1) * golden) % 1) * (size - 1)));
}
