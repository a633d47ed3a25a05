// The mesh as the live stream has told it so far.

import {
  decodeLiveHandshake,
  decodeLivePath,
  type LiveEpoch,
  type LiveHead,
  type LiveNode,
  type LivePairs,
  type LivePath,
  LiveRuns,
  type LiveState,
  type LogEntryView,
} from '@mesh/protocol';

/** How many entries of the log are kept. */
const MOST_ENTRIES = 500;

/** One node's newest report of its tunnels. */
export interface Report {
  readonly atMs: number;
  readonly epoch: number | null;
  /** By the other end's `n`. */
  readonly tunnels: LiveRuns;
  readonly epochs: ReadonlyMap<number, number | null>;
  readonly sinceMs: ReadonlyMap<number, number>;
  /** What the node measures; undefined: it does not say. */
  readonly paths: { readonly values: LiveRuns; readonly freshMs: number } | undefined;
}

/** What one end measures of the path; `unknown`: nothing that counts now. */
export type PathFigures = LivePath | { readonly kind: 'unknown' };

/** A tunnel as one end reports it. */
export interface TunnelEnd {
  /** Milliseconds at the time of the question; undefined: no handshake. */
  readonly handshakeAgeMs: number | undefined;
  /** How long it has been there; undefined: longer than any limit. */
  readonly forMs: number | undefined;
  readonly epoch: number | null;
}

export class MeshModel {
  readonly nodes = new Map<number, LiveNode>();
  readonly reports = new Map<number, Report>();
  /** The oldest first. */
  log: readonly LogEntryView[] = [];
  epoch: LiveEpoch | null = null;
  head: LiveHead | undefined;
  freshMs = 0;
  /** Numbers of nodes in the order of their ids. */
  order: readonly number[] = [];
  #position = new Map<number, number>();
  /** What the controller's clock is ahead of this one. */
  #offsetMs = 0;

  /**
   * @param nowMs this browser's clock
   * @returns the numbers whose nodes or reports have changed; `all` if the order has
   */
  apply(message: LiveState, nowMs: number): ReadonlySet<number> | 'all' {
    this.#offsetMs = message.server_time_ms - nowMs;
    this.freshMs = message.fresh_ms;
    let isOrderNew = message.reset;
    if (message.reset) {
      this.nodes.clear();
      this.reports.clear();
      this.log = [];
    }
    const changed = new Set<number>();
    for (const n of message.gone) {
      isOrderNew = this.nodes.delete(n) || isOrderNew;
      this.reports.delete(n);
    }
    for (const node of message.nodes) {
      isOrderNew ||= !this.nodes.has(node.n);
      this.nodes.set(node.n, node);
      changed.add(node.n);
    }
    for (const pairs of message.pairs) {
      this.reports.set(pairs.n, reportOf(pairs));
      changed.add(pairs.n);
    }
    if (message.epoch !== undefined) this.epoch = message.epoch;
    if (message.head !== undefined) this.head = message.head;
    const next = (this.log.at(-1)?.index ?? -1) + 1;
    const entries = message.log.filter(({ index }) => index >= next);
    if (entries.length > 0) this.log = [...this.log, ...entries].slice(-MOST_ENTRIES);
    if (!isOrderNew) return changed;
    this.order = [...this.nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ n }) => n);
    this.#position = new Map(this.order.map((n, at) => [n, at]));
    return 'all';
  }

  /** By the controller's clock. */
  controllerNowMs(nowMs: number): number {
    return nowMs + this.#offsetMs;
  }

  positionOf(n: number): number | undefined {
    return this.#position.get(n);
  }

  nodeAt(position: number): LiveNode | undefined {
    const n = this.order[position];
    return n === undefined ? undefined : this.nodes.get(n);
  }

  byId(id: string): LiveNode | undefined {
    for (const node of this.nodes.values()) if (node.id === id) return node;
    return undefined;
  }

  /** The node's report, if it still says something about now. */
  freshReport(n: number, controllerNowMs: number): Report | undefined {
    const report = this.reports.get(n);
    return report !== undefined && controllerNowMs - report.atMs <= this.freshMs ? report : undefined;
  }
}

/** @returns undefined if that node reports no tunnel to the other */
export function tunnelIn(report: Report, other: number, controllerNowMs: number): TunnelEnd | undefined {
  const value = report.tunnels.valueOf(other);
  if (value === undefined) return undefined;
  const ageMs = decodeLiveHandshake(value);
  const sinceMs = report.sinceMs.get(other);
  const epoch = report.epochs.get(other);
  return {
    handshakeAgeMs: ageMs === undefined ? undefined : ageMs + controllerNowMs - report.atMs,
    forMs: sinceMs === undefined ? undefined : controllerNowMs - sinceMs,
    epoch: epoch === undefined ? report.epoch : epoch,
  };
}

export function pathIn({ atMs, paths }: Report, other: number, controllerNowMs: number): PathFigures {
  const value = paths?.values.valueOf(other);
  if (paths === undefined || value === undefined || controllerNowMs - atMs > paths.freshMs)
    return { kind: 'unknown' };
  return decodeLivePath(value);
}

function reportOf(pairs: LivePairs): Report {
  const { at_ms, epoch, tunnels, epochs, since_ms } = pairs;
  return {
    atMs: at_ms,
    epoch,
    tunnels: new LiveRuns(tunnels),
    epochs: byNumber(epochs),
    sinceMs: byNumber(since_ms),
    paths: pathsOf(pairs),
  };
}

function pathsOf({ paths, paths_fresh_ms: freshMs }: LivePairs): Report['paths'] {
  return paths === undefined || freshMs === undefined ? undefined : { values: new LiveRuns(paths), freshMs };
}

const byNumber = <T>(record: Readonly<Record<string, T>>): ReadonlyMap<number, T> =>
  new Map(Object.entries(record).map(([n, value]) => [Number(n), value]));
