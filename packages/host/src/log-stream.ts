// Where log lines go: a file descriptor. A line is written at once, so that the last one of a process is
// there when it ends. A reader that is slow or has stopped holds up nothing: what its pipe does not take
// waits here, and is written later. Beyond a bound, lines are lost, and the number of them is told.

import { fstatSync, writeSync } from 'node:fs';
import { systemTimers, type Timers } from './clock.ts';

const RETRY_AFTER_MS = 50;
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** How long the end of the process waits for a reader that takes nothing. */
const LAST_CHANCE_MS = 1_000;
const NAP_MS = 10;

export interface LogStreamPorts {
  /**
   * @returns how many of the bytes were taken
   * @throws an error with `code`; after `EPIPE` nothing is written any more, every other one is tried again
   */
  readonly write: (bytes: Uint8Array) => number;
  readonly timers: Timers;
  /** Holds up this thread. */
  readonly nap: (ms: number) => void;
}

export class LogStream {
  readonly #ports: LogStreamPorts;
  /** What waits; the first can be the rest of a line. */
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isRetrying = false;
  #isClosed = false;
  #lost = 0;
  #tellLost: (count: number) => void = () => undefined;

  constructor(ports: LogStreamPorts) {
    this.#ports = ports;
  }

  /** @param tell is called with the number of lines that were lost, when lines are written again */
  onLost(tell: (count: number) => void): void {
    this.#tellLost = tell;
  }

  /** Writes a line, or keeps it if the reader is not ready. It throws nothing. */
  write(line: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > MAX_WAITING_BYTES) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    // Behind others, it is tried when they are.
    if (!this.#isRetrying) this.#flush();
  }

  /** Writes what waits, for at most a second: for the end of the process. */
  end(): void {
    for (let waitedMs = 0; !this.#drain() && waitedMs < LAST_CHANCE_MS; waitedMs += NAP_MS) {
      this.#ports.nap(NAP_MS);
    }
  }

  #flush(): void {
    if (!this.#drain()) {
      this.#isRetrying = true;
      this.#ports.timers.setTimer(RETRY_AFTER_MS, () => this.#flush(), { background: true });
      return;
    }
    this.#isRetrying = false;
    if (this.#lost === 0) return;
    const lost = this.#lost;
    this.#lost = 0;
    this.#tellLost(lost);
  }

  /** @returns whether nothing waits any more */
  #drain(): boolean {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined) return true;
      try {
        const taken = this.#ports.write(first);
        if (taken === 0) return false;
        this.#waitingBytes -= taken;
        if (taken < first.length) this.#waiting[0] = first.subarray(taken);
        else this.#waiting.shift();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EPIPE') return false;
        this.#isClosed = true;
        this.#waiting.length = 0;
        this.#waitingBytes = 0;
      }
    }
  }
}

const streams = new Map<number, LogStream>();

/**
 * The stream of this process's output (1) or error output (2): each has one, so that its lines stay whole.
 */
export function logStreamOf(fd: 1 | 2): LogStream {
  const known = streams.get(fd);
  if (known !== undefined) return known;
  doNotBlock(fd);
  const stream = new LogStream({ write: (bytes) => writeSync(fd, bytes), timers: systemTimers, nap });
  streams.set(fd, stream);
  process.once('exit', () => stream.end());
  return stream;
}

function nap(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Node sets a pipe or socket to non-blocking when its stream is opened, which the first use of it does. */
function doNotBlock(fd: 1 | 2): void {
  const stat = fstatSync(fd);
  if (stat.isFIFO() || stat.isSocket()) (fd === 1 ? process.stdout : process.stderr).writableLength;
}
