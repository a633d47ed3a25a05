// The live state of the mesh, with a version: each node and each report knows in which version it changed, so
// that any reader gets what it lacks, and nothing is kept for a reader that is slow or gone.

import type { Timers } from '@mesh/host';
import { REPORT_COUNTS_FOR_MS } from '@mesh/membership';
import { type NodeId, toHex } from '@mesh/primitives';
import type { LiveEpoch, LiveHead, LiveNode, LivePairs } from '@mesh/protocol';
import type { NodeSummaryPorts } from '../node-summary.ts';
import { type LiveMeshPorts, liveEpochOf, liveHeadOf } from './live-mesh.ts';
import { liveNodeOf, livePairsOf } from './live-nodes.ts';

/** How often the state is looked at while somebody reads it. */
const EVERY_MS = 500;
/** Standings change with time too, without an event: then they are looked at less often. */
const QUIET_EVERY_MS = 2_000;
/** How many may read at once. */
const MOST_READERS = 64;
/** Numbers of nodes that are gone; with more than that and than half of all, the state begins anew. */
const FEW_GONE = 64;

export interface LiveStatePorts extends NodeSummaryPorts, LiveMeshPorts {
  readonly timers: Timers;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** A value, as text for the comparison, and the version in which it became what it is. */
interface Versioned<T> {
  readonly value: T;
  readonly text: string;
  readonly version: number;
}

/** What is shown of one node. */
interface LiveRow {
  readonly n: number;
  node: Versioned<LiveNode>;
  /** Of the newest report; undefined: there is none. */
  pairs: { readonly receivedAtMs: number; readonly value: LivePairs; readonly version: number } | undefined;
}

export interface LiveChanges {
  readonly nodes: readonly LiveNode[];
  readonly gone: readonly number[];
  readonly pairs: readonly LivePairs[];
  readonly epoch: LiveEpoch | null | undefined;
  readonly head: LiveHead | undefined;
}

export class LiveState {
  readonly #ports: LiveStatePorts;
  readonly #rows = new Map<NodeId, LiveRow>();
  #gone: { readonly n: number; readonly version: number }[] = [];
  #epoch: Versioned<LiveEpoch | null> = { value: null, text: 'null', version: 0 };
  #head: Versioned<LiveHead> | undefined;
  #generation: string;
  #version = 0;
  #nextNumber = 0;
  #isTouched = true;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #standingsAtMs = Number.NEGATIVE_INFINITY;
  #readers = 0;
  #waiting = new Set<() => void>();
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(ports: LiveStatePorts) {
    this.#ports = ports;
    this.#generation = toHex(ports.randomBytes(8));
  }

  /** Changes when all that was sent is void: after a start, and when the numbers of nodes begin anew. */
  get generation(): string {
    return this.#generation;
  }
  get version(): number {
    return this.#version;
  }
  get freshMs(): number {
    return REPORT_COUNTS_FOR_MS;
  }
  /** Whether nobody else can read now. */
  get isFull(): boolean {
    return this.#isClosed || this.#readers >= MOST_READERS;
  }
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Call it after each commit. */
  touch(): void {
    this.#isTouched = true;
  }

  /** The caller reads from now on. @returns a function that ends that; calling it again does nothing */
  open(): () => void {
    this.#readers += 1;
    this.look();
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#readers -= 1;
      if (this.#readers === 0) this.#cancelTimer?.();
    };
  }

  /** Resolves at the next look, when the signal aborts, or at the end; at once after it. */
  next(signal: AbortSignal): Promise<void> {
    if (this.#isClosed || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      this.#waiting.add(wake);
      this.#arm();
    });
  }

  /** Wakes everybody, and lets nobody read any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#wakeAll();
  }

  /** What has changed after a version; everything after version -1. */
  changesSince(version: number): LiveChanges {
    const rows = [...this.#rows.values()];
    return {
      nodes: rows.filter(({ node }) => node.version > version).map(({ node }) => node.value),
      gone: version < 0 ? [] : this.#gone.filter((each) => each.version > version).map(({ n }) => n),
      pairs: rows.flatMap(({ pairs }) =>
        pairs !== undefined && pairs.version > version ? [pairs.value] : [],
      ),
      epoch: this.#epoch.version > version ? this.#epoch.value : undefined,
      head: this.#head !== undefined && this.#head.version > version ? this.#head.value : undefined,
    };
  }

  /** Looks at the mesh now, unless it was looked at just before. */
  look(): void {
    const nowMs = this.#ports.clock.monotonicMs();
    if (nowMs - this.#lookedAtMs < EVERY_MS) return;
    const version = this.#version + 1;
    this.#lookedAtMs = nowMs;
    if (this.#gone.length > FEW_GONE && this.#gone.length > this.#rows.size) this.#beginAnew();
    if (this.#isTouched || nowMs - this.#standingsAtMs >= QUIET_EVERY_MS) {
      this.#isTouched = false;
      this.#standingsAtMs = nowMs;
      this.#lookAtStandings(version);
    }
    this.#lookAtReports(version);
    this.#lookAtMesh(version);
    this.#version = version;
  }

  #lookAtStandings(version: number): void {
    const { view } = this.#ports;
    for (const node of view.nodes()) {
      const row = this.#rows.get(node.nodeId);
      const n = row?.n ?? this.#nextNumber++;
      const known = versioned(row?.node, liveNodeOf(this.#ports, node, n), version);
      if (row === undefined) this.#rows.set(node.nodeId, { n, node: known, pairs: undefined });
      else row.node = known;
    }
    for (const [nodeId, { n }] of this.#rows) {
      if (view.node(nodeId) !== undefined) continue;
      this.#rows.delete(nodeId);
      this.#gone.push({ n, version });
    }
  }

  #lookAtReports(version: number): void {
    for (const [nodeId, row] of this.#rows) {
      const report = this.#ports.applied.of(nodeId);
      if (report === undefined || report.receivedAtMs === row.pairs?.receivedAtMs) continue;
      const value = livePairsOf(report, row.n, (peerId) => this.#rows.get(peerId)?.n, this.#nextNumber);
      row.pairs = { receivedAtMs: report.receivedAtMs, value, version };
    }
  }

  #lookAtMesh(version: number): void {
    this.#epoch = versioned(this.#epoch, liveEpochOf(this.#ports), version);
    this.#head = versioned(this.#head, liveHeadOf(this.#ports), version);
  }

  #beginAnew(): void {
    this.#generation = toHex(this.#ports.randomBytes(8));
    this.#rows.clear();
    this.#gone = [];
    this.#nextNumber = 0;
    this.#isTouched = true;
  }

  #arm(): void {
    if (this.#cancelTimer !== undefined) return;
    const cancel = this.#ports.timers.setTimer(
      EVERY_MS,
      () => {
        this.#cancelTimer = undefined;
        this.look();
        this.#wakeAll();
      },
      { background: true },
    );
    this.#cancelTimer = () => {
      this.#cancelTimer = undefined;
      cancel();
    };
  }

  #wakeAll(): void {
    const waiting = [...this.#waiting];
    for (const wake of waiting) wake();
  }
}

function versioned<T>(before: Versioned<T> | undefined, value: T, version: number): Versioned<T> {
  const text = JSON.stringify(value);
  return before?.text === text ? before : { value, text, version };
}
