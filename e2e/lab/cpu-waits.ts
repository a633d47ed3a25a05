// How long programs under test waited for a core while they had work to do. On a busy machine the rest of the
// time is what they took themselves. It is read from the kernel, for the main thread of each program: that is
// where a Node program does its work.

import { readFileSync } from 'node:fs';

const SAMPLED_EVERY_MS = 50;

interface Sample {
  readonly atMs: number;
  readonly waitedMs: ReadonlyMap<number, number>;
}

export class CpuWaits implements Disposable {
  readonly #pids: () => readonly number[];
  readonly #samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;

  /** @param pids the programs to watch, as they are at the time; a program may be started again */
  constructor(pids: () => readonly number[]) {
    this.#pids = pids;
    this.#timer = setInterval(() => this.#take(), SAMPLED_EVERY_MS);
    this.#take();
  }

  /**
   * The sum of the waits of these programs in about `[fromMs, toMs]`, by the wall clock, in milliseconds. The
   * samples around the window count, so it is rather too long than too short.
   */
  waitedMs(pids: readonly number[], fromMs: number, toMs: number): number {
    this.#take();
    const before = this.#samples.findLast(({ atMs }) => atMs <= fromMs) ?? this.#samples[0];
    const after = this.#samples.find(({ atMs }) => atMs >= toMs) ?? this.#samples.at(-1);
    const grown = pids.map((pid) => (after?.waitedMs.get(pid) ?? 0) - (before?.waitedMs.get(pid) ?? 0));
    return grown.reduce((sum, ms) => sum + Math.max(0, ms), 0);
  }

  /** Ends the observation. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #take(): void {
    const waitedMs = new Map(this.#pids().map((pid) => [pid, waitedOf(pid)] as const));
    this.#samples.push({ atMs: Date.now(), waitedMs });
  }
}

/**
 * The second number of schedstat: nanoseconds on a run queue. 0 for a program that has ended, and on a kernel
 * that does not count it; then every limit holds for the whole time.
 */
function waitedOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
