// The mesh as the live stream has told it so far.

import type { LiveEpoch, LiveHead, LiveNode, LivePairs, LiveState, LogEntryView } from '@mesh/protocol';

/** How many entries of the log are kept. */
const MOST_ENTRIES = 500;
/** In `ages`: what a handshake's age in seconds is raised by. */
const AGE_FROM = 2;
/** In `rtts`: no answer to probes; and what a round trip in tenths of a millisecond is raised by. */
const NO_ANSWER = 1;
const RTT_FROM = 2;

/** One node's newest report of its tunnels. */
export interface Report {
  readonly atMs: number;
  readonly epoch: number | null;
  /** By the other end's `n`. */
  readonly ages: Uint16Array;
  readonly epochs: ReadonlyMap<number, number | null>;
  readonly sinceMs: ReadonlyMap<number, number>;
  /** What the node measures; undefined: it does not say. */
  readonly figures:
    | { readonly rtts: Uint16Array; readonly losses: Uint8Array; readonly freshMs: number }
    | undefined;
}

/** What one end measures of the path; `unknown`: nothing that counts now. */
export type PathFigures =
  | { readonly kind: 'unknown' | 'no_answer' }
  | { readonly kind: 'measured'; readonly rttMs: number; readonly loss: number };

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
  const age = report.ages[other] ?? 0;
  if (age === 0) return undefined;
  const sinceMs = report.sinceMs.get(other);
  const epoch = report.epochs.get(other);
  return {
    handshakeAgeMs: age < AGE_FROM ? undefined : (age - AGE_FROM) * 1_000 + controllerNowMs - report.atMs,
    forMs: sinceMs === undefined ? undefined : controllerNowMs - sinceMs,
    epoch: epoch === undefined ? report.epoch : epoch,
  };
}

export function pathIn({ atMs, figures }: Report, other: number, controllerNowMs: number): PathFigures {
  const rtt = figures?.rtts[other] ?? 0;
  if (figures === undefined || rtt === 0 || controllerNowMs - atMs > figures.freshMs)
    return { kind: 'unknown' };
  if (rtt === NO_ANSWER) return { kind: 'no_answer' };
  return { kind: 'measured', rttMs: (rtt - RTT_FROM) / 10, loss: (figures.losses[other] ?? 0) / 100 };
}

function reportOf(pairs: LivePairs): Report {
  const { at_ms, epoch, ages, epochs, since_ms } = pairs;
  return {
    atMs: at_ms,
    epoch,
    ages: agesOf(ages),
    epochs: byNumber(epochs),
    sinceMs: byNumber(since_ms),
    figures: figuresOf(pairs),
  };
}

function figuresOf({ rtts, losses, figures_fresh_ms: freshMs }: LivePairs): Report['figures'] {
  if (rtts === undefined || losses === undefined || freshMs === undefined) return undefined;
  return { rtts: agesOf(rtts), losses: Uint8Array.from(atob(losses), (c) => c.charCodeAt(0)), freshMs };
}

function agesOf(base64: string): Uint16Array {
  const text = atob(base64);
  const ages = new Uint16Array(text.length / 2);
  for (let at = 0; at < ages.length; at += 1)
    ages[at] = text.charCodeAt(at * 2) + text.charCodeAt(at * 2 + 1) * 256;
  return ages;
}

const byNumber = <T>(record: Readonly<Record<string, T>>): ReadonlyMap<number, T> =>
  new Map(Object.entries(record).map(([n, value]) => [Number(n), value]));
