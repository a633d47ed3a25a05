// The live state of the mesh, with a version: each node and each report knows in which version it changed, so
// that any reader gets what it lacks, and nothing is kept for a reader that is slow or gone.

import type { Timers } from '@mesh/host';
import { type MeshEvent, REPORT_COUNTS_FOR_MS } from '@mesh/membership';
import { toHex } from '@mesh/primitives';
import type { LiveEpoch, LiveHead } from '@mesh/protocol';
import { type LiveMeshPorts, liveEpochOf, liveHeadOf } from './live-mesh.ts';
import { type LiveRow, LiveRows, type LiveRowsPorts } from './live-rows.ts';
import { type Versioned, versioned } from './versioned.ts';

/** How often the state is looked at while somebody reads it. */
const EVERY_MS = 500;
/** How many may read at once. */
const MOST_READERS = 64;
/** Numbers of nodes that are gone; with more than that and than half of all, the state begins anew. */
const FEW_GONE = 64;

export interface LiveStatePorts extends Omit<LiveRowsPorts, 'view'>, LiveMeshPorts {
  readonly timers: Timers;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface LiveChanges {
  /** Of each, what is newer than the version in question has changed. */
  readonly rows: readonly LiveRow[];
  readonly gone: readonly number[];
  readonly epoch: LiveEpoch | null | undefined;
  readonly head: LiveHead | undefined;
}

export class LiveState {
  readonly #ports: LiveStatePorts;
  readonly #rows: LiveRows;
  #epoch: Versioned<LiveEpoch | null> = { value: null, text: 'null', version: 0 };
  #head: Versioned<LiveHead> | undefined;
  #generation: string;
  #version = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #readers = 0;
  #waiting = new Set<() => void>();
  #cancelTimer: (() => void) | undefined;
  #isClosed = false;

  constructor(ports: LiveStatePorts) {
    this.#ports = ports;
    this.#rows = new LiveRows(ports);
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
  onCommit(events: readonly MeshEvent[]): void {
    for (const event of events)
      if ('nodeId' in event && event.nodeId !== undefined) this.#rows.mark(event.nodeId);
  }

  /** The caller reads from now on. @returns a function that ends that; calling it again does nothing */
  open(): () => void {
    if (this.#readers === 0) this.#rows.lookAtAll();
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

  /**
   * Resolves at the next look, when the signal aborts, or when the state closes; immediately if it is closed.
   */
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
    return {
      rows: this.#rows.changedSince(version),
      gone: this.#rows.goneSince(version),
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
    if (this.#rows.goneSize > FEW_GONE && this.#rows.goneSize > this.#rows.size) this.#beginAnew();
    this.#rows.look(version);
    this.#lookAtMesh(version);
    this.#version = version;
  }

  #lookAtMesh(version: number): void {
    this.#epoch = versioned(this.#epoch, liveEpochOf(this.#ports), version);
    this.#head = versioned(this.#head, liveHeadOf(this.#ports), version);
  }

  #beginAnew(): void {
    this.#generation = toHex(this.#ports.randomBytes(8));
    this.#rows.clear();
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
