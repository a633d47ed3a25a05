// Replays the log's evidence under two policies at once: the one in force, and another.

import type { LogEntryView, LogPage, NodeSummary } from '@mesh/protocol';
import {
  type ComparedNode,
  compareReplays,
  type Policy,
  PolicyReplay,
  type ReplayStart,
} from '@mesh/scoring';
import { readEntry, replayEventsOf, STATUS_BEFORE } from './replay-event-of.ts';

/** Where the log and the nodes come from: a client of the administration, or the controller itself. */
export interface BacktestSource {
  log(query: {
    readonly from: number;
    readonly limit: number;
    readonly type?: string | undefined;
  }): Promise<Pick<LogPage, 'size' | 'entries' | 'next'>>;
  nodes(): Promise<{ readonly nodes: readonly Pick<NodeSummary, 'node_id' | 'status' | 'class'>[] }>;
}

/** The most entries of one page. */
const PAGE = 1_000;

export interface BacktestAsked {
  readonly inForce: Policy;
  readonly tried: Policy;
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface Backtest {
  /** When the first and the last replayed entry were written; undefined if there is none. */
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly results: number;
  /** Results whose details were erased. They are left out. */
  readonly erased: number;
  /** How often each node was denied, as it is recorded. */
  readonly recordedCuts: ReadonlyMap<string, number>;
  readonly nodes: readonly ComparedNode[];
}

/** Rejects as the source does. */
export async function runBacktest(client: BacktestSource, asked: BacktestAsked): Promise<Backtest> {
  const from = await firstIndexSince(client, asked.sinceMs);
  const starts = await startsOf(client, from);
  const startOf = (nodeId: string) => starts.get(nodeId);
  const inForce = new PolicyReplay(asked.inForce, { startOf });
  const tried = new PolicyReplay(asked.tried, { startOf });
  const recordedCuts = new Map<string, number>();
  let [results, erased] = [0, 0];
  let [firstMs, lastMs]: [number | undefined, number | undefined] = [undefined, undefined];
  for await (const entry of entriesFrom(client, from)) {
    const read = readEntry(entry);
    if (read === undefined) continue;
    firstMs ??= read.at;
    lastMs = read.at;
    if (read.type === 'node_denied' && read.node_id !== undefined)
      recordedCuts.set(read.node_id, (recordedCuts.get(read.node_id) ?? 0) + 1);
    const events = replayEventsOf(read);
    if (events === 'erased') erased += 1;
    else
      for (const event of events) {
        if (event.kind === 'benchmark') results += 1;
        inForce.take(event);
        tried.take(event);
      }
  }
  const nodes = compareReplays(inForce.end(asked.untilMs), tried.end(asked.untilMs));
  return { firstMs, lastMs, results, erased, recordedCuts, nodes };
}

async function* entriesFrom(
  client: BacktestSource,
  from: number,
  type?: string,
): AsyncGenerator<LogEntryView> {
  for (let at = from; ; ) {
    const { size, entries, next } = await client.log({ from: at, limit: PAGE, type });
    yield* entries;
    at = next;
    if (at >= size) return;
  }
}

/**
 * The first entry that was written then or later. Entries are in the order of their times, clocks permitting.
 */
async function firstIndexSince(client: BacktestSource, sinceMs: number): Promise<number> {
  const { size } = await client.log({ from: 0, limit: 1 });
  let [low, high] = [0, size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [entry] = (await client.log({ from: middle, limit: 1 })).entries;
    const read = entry && readEntry(entry);
    if (read !== undefined && read.at < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first entry of the replay that changes a node's status, and the status before it. */
interface FirstChange {
  readonly index: number;
  readonly type: string;
  readonly status: ReplayStart['status'];
}

/** The nodes that a quarantine kept out when the entry with this index was written. */
async function quarantinedBefore(client: BacktestSource, end: number): Promise<readonly string[]> {
  const newest = new Map<string, { readonly index: number; readonly type: string }>();
  // A revoked node can be deleted, and its name used again.
  for (const type of ['node_quarantined', 'node_released', 'node_revoked'])
    for await (const { index, entry } of entriesFrom(client, 0, type)) {
      if (index >= end) break;
      const nodeId = readEntry({ index, entry })?.node_id;
      if (nodeId !== undefined && index > (newest.get(nodeId)?.index ?? -1))
        newest.set(nodeId, { index, type });
    }
  return [...newest].filter(([, { type }]) => type === 'node_quarantined').map(([nodeId]) => nodeId);
}

/** How each node was at the beginning: as it is now, unless the first change since then says otherwise. */
async function startsOf(client: BacktestSource, from: number): Promise<ReadonlyMap<string, ReplayStart>> {
  const { nodes } = await client.nodes();
  const starts = new Map<string, ReplayStart>(
    nodes.map(({ node_id, status, class: className }) => [node_id, { status, className }]),
  );
  const first = new Map<string, FirstChange>();
  for (const [type, status] of Object.entries(STATUS_BEFORE))
    for await (const { index, entry } of entriesFrom(client, from, type)) {
      const nodeId = readEntry({ index, entry })?.node_id;
      if (nodeId === undefined || index >= (first.get(nodeId)?.index ?? Number.POSITIVE_INFINITY)) continue;
      first.set(nodeId, { index, type, status });
    }
  if ([...first.values()].some(({ type }) => type === 'node_revoked'))
    for (const nodeId of await quarantinedBefore(client, from)) {
      const change = first.get(nodeId);
      if (change?.type === 'node_revoked') first.set(nodeId, { ...change, status: 'quarantined' });
    }
  for (const [nodeId, { status }] of first)
    starts.set(nodeId, { ...(starts.get(nodeId) ?? UNKNOWN), status });
  const seen = new Set<string>();
  for await (const entry of entriesFrom(client, from, 'node_class_changed')) {
    const read = readEntry(entry);
    if (read?.node_id === undefined || seen.has(read.node_id)) continue;
    seen.add(read.node_id);
    const className = read.data?.from ?? UNKNOWN.className;
    starts.set(read.node_id, { ...(starts.get(read.node_id) ?? UNKNOWN), className });
  }
  return starts;
}

/** A node that has been deleted since. */
const UNKNOWN: ReplayStart = { status: 'active', className: 'default' };
