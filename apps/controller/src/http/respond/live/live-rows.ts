// What is shown of each node, with the version in which it changed. A look costs what has changed since the
// one before: nodes that an event named, and nodes that have sent a report. Standings change with time too,
// without an event, so a part of all nodes is looked at each time, in turn.

import type { MeshView, NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { LiveNode, LivePairs } from '@mesh/protocol';
import type { NodeSummaryPorts } from '../node-summary.ts';
import { liveNodeOf, livePairsOf } from './live-nodes.ts';
import { type Versioned, versioned } from './versioned.ts';

/** How many nodes are looked at in turn each time. */
const IN_TURN = 512;
/** With more marked nodes than this, as while nobody looks, all are looked at. */
const MOST_MARKED = 4_096;
/**
 * How many changes are kept in a list, for each node. A reader that needs older changes costs a scan of all
 * rows.
 */
const CHANGES_PER_NODE = 4;
const FEWEST_CHANGES = 1_024;

export interface LiveRow {
  readonly n: number;
  node: Versioned<LiveNode>;
  /** Of the newest report; undefined: there is none. */
  pairs: { readonly receivedAtMs: number; readonly value: LivePairs; readonly version: number } | undefined;
}

export interface LiveRowsPorts extends NodeSummaryPorts {
  readonly view: Pick<MeshView, 'nodes' | 'node'>;
}

export class LiveRows {
  readonly #ports: LiveRowsPorts;
  readonly #rows = new Map<NodeId, LiveRow>();
  #gone: { readonly n: number; readonly version: number }[] = [];
  #nextNumber = 0;
  /** Named by events, or have sent a report. */
  readonly #marked = new Set<NodeId>();
  #isWhole = false;
  #turn: Iterator<NodeRecord> | undefined;
  /** Newest last. */
  #changes: { readonly version: number; readonly row: LiveRow }[] = [];
  /** The list has all changes after this version. */
  #listedAfter = -1;

  constructor(ports: LiveRowsPorts) {
    this.#ports = ports;
    ports.applied.onTaken((nodeId) => this.mark(nodeId));
  }

  get size(): number {
    return this.#rows.size;
  }
  get goneSize(): number {
    return this.#gone.length;
  }

  /** The next look takes this node too. */
  mark(nodeId: NodeId): void {
    this.#marked.add(nodeId);
    if (this.#marked.size > MOST_MARKED) this.lookAtAll();
  }

  /** The next look takes all nodes: call it when nobody has looked for some time. */
  lookAtAll(): void {
    this.#isWhole = false;
    this.#marked.clear();
  }

  look(version: number): void {
    if (this.#isWhole) {
      for (const nodeId of this.#marked) this.#lookAt(nodeId, this.#ports.view.node(nodeId), version);
      this.#lookInTurn(version);
    } else {
      for (const nodeId of [...this.#rows.keys()])
        if (this.#ports.view.node(nodeId) === undefined) this.#drop(nodeId, version);
      const nodes = [...this.#ports.view.nodes()];
      for (const node of nodes) this.#lookAtNode(node, version);
      // Once all have their numbers: reports name other nodes.
      for (const node of nodes) this.#lookAtReport(node.nodeId, version);
      this.#isWhole = true;
    }
    this.#marked.clear();
    this.#forgetOldChanges();
  }

  /** Rows of which something changed after a version; all of them after version -1. */
  changedSince(version: number): readonly LiveRow[] {
    if (version < this.#listedAfter || version < 0)
      return [...this.#rows.values()].filter(({ node, pairs }) =>
        [node.version, pairs?.version ?? -1].some((each) => each > version),
      );
    const rows = new Set<LiveRow>();
    for (let at = this.#changes.length - 1; at >= 0; at -= 1) {
      const change = this.#changes[at];
      if (change === undefined || change.version <= version) break;
      rows.add(change.row);
    }
    return [...rows].reverse();
  }

  goneSince(version: number): readonly number[] {
    return version < 0 ? [] : this.#gone.filter((each) => each.version > version).map(({ n }) => n);
  }

  /** Numbers begin anew: nothing that was told before holds. */
  clear(): void {
    this.#rows.clear();
    this.#gone = [];
    this.#changes = [];
    this.#listedAfter = -1;
    this.#nextNumber = 0;
    this.#turn = undefined;
    this.lookAtAll();
  }

  #lookInTurn(version: number): void {
    this.#turn ??= this.#ports.view.nodes()[Symbol.iterator]();
    for (let count = 0; count < IN_TURN; count += 1) {
      const { value, done } = this.#turn.next();
      if (done === true) {
        this.#turn = undefined;
        return;
      }
      this.#lookAtNode(value, version);
    }
  }

  #lookAt(nodeId: NodeId, node: NodeRecord | undefined, version: number): void {
    if (node === undefined) this.#drop(nodeId, version);
    else {
      this.#lookAtNode(node, version);
      this.#lookAtReport(nodeId, version);
    }
  }

  #lookAtNode(node: NodeRecord, version: number): void {
    const row = this.#rows.get(node.nodeId);
    const n = row?.n ?? this.#nextNumber++;
    const known = versioned(row?.node, liveNodeOf(this.#ports, node, n), version);
    if (known === row?.node) return;
    const changed = row ?? { n, node: known, pairs: undefined };
    changed.node = known;
    this.#rows.set(node.nodeId, changed);
    this.#changes.push({ version, row: changed });
  }

  #lookAtReport(nodeId: NodeId, version: number): void {
    const row = this.#rows.get(nodeId);
    const report = this.#ports.applied.of(nodeId);
    if (row === undefined || report === undefined || report.receivedAtMs === row.pairs?.receivedAtMs) return;
    const value = livePairsOf(report, row.n, (peerId) => this.#rows.get(peerId)?.n);
    row.pairs = { receivedAtMs: report.receivedAtMs, value, version };
    this.#changes.push({ version, row });
  }

  #drop(nodeId: NodeId, version: number): void {
    const row = this.#rows.get(nodeId);
    if (row === undefined) return;
    this.#rows.delete(nodeId);
    this.#gone.push({ n: row.n, version });
  }

  /** Halves the list when it is long. A version is in it whole or not at all. */
  #forgetOldChanges(): void {
    const most = Math.max(FEWEST_CHANGES, CHANGES_PER_NODE * this.#rows.size);
    if (this.#changes.length <= most) return;
    const last = this.#changes[this.#changes.length - Math.floor(most / 2)];
    this.#listedAfter = last?.version ?? this.#listedAfter;
    this.#changes = this.#changes.filter(({ version }) => version > this.#listedAfter);
  }
}
