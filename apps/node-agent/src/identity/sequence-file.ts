// Sequence numbers that rise for ever, one counter a kind of message: each is max(last + 1, now in ms), and is on disk
// before it is used, so that neither a crash nor a clock set back repeats one. Losing the file repeats none either,
// since the clock has moved on; so a disk that is full does not silence the node.

import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import { z } from 'zod';

export type SequenceKind = 'benchmark' | 'endpoint' | 'leave' | 'applied' | 'key_rotation';

const counter = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const content = z.strictObject({
  benchmark: counter.optional(),
  endpoint: counter.optional(),
  leave: counter.optional(),
  applied: counter.optional(),
  key_rotation: counter.optional(),
});

export interface SequenceFileOptions {
  readonly path: string;
  readonly nowMs: () => number;
  /** The number could not be stored: it is used all the same. */
  readonly onUnsaved: (error: unknown) => void;
}

export class SequenceFile {
  readonly #path: string;
  readonly #nowMs: () => number;
  readonly #onUnsaved: (error: unknown) => void;
  #last: Partial<Record<SequenceKind, number>>;
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(options: SequenceFileOptions, last: Partial<Record<SequenceKind, number>>) {
    this.#path = options.path;
    this.#nowMs = options.nowMs;
    this.#onUnsaved = options.onUnsaved;
    this.#last = last;
  }

  /** A missing or damaged file counts as lost. */
  static async open(options: SequenceFileOptions): Promise<SequenceFile> {
    return new SequenceFile(options, await readCounters(options.path));
  }

  /** The next number of a kind; durable when it resolves, unless `onUnsaved` said otherwise. One call at a time. */
  next(kind: SequenceKind): Promise<number> {
    return this.#serially(async () => {
      const own = this.#last[kind] ?? 0;
      // Nothing is above the highest number: only the clock is left to go on from.
      const above = own < Number.MAX_SAFE_INTEGER ? own + 1 : 1;
      const next = Math.max(above, Math.floor(this.#nowMs()));
      const last = { ...this.#last, [kind]: next };
      await writeFileAtomic(this.#path, `${JSON.stringify(last)}\n`).catch(this.#onUnsaved);
      this.#last = last;
      return next;
    });
  }

  /**
   * The controller holds a higher number than we knew: go on above it.
   * @param highest what it takes at most: own numbers above it are given up, since all that follow would be refused. So is the
   *   highest number there is, which nothing can follow
   */
  resumeAbove(kind: SequenceKind, lastSequence: number, highest = Number.MAX_SAFE_INTEGER): Promise<void> {
    return this.#serially(async () => {
      const own = this.#last[kind] ?? 0;
      const isGivenUp = own > highest || own === Number.MAX_SAFE_INTEGER;
      this.#last = { ...this.#last, [kind]: isGivenUp ? lastSequence : Math.max(own, lastSequence) };
    });
  }

  #serially<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

async function readCounters(path: string): Promise<Partial<Record<SequenceKind, number>>> {
  try {
    const { benchmark, endpoint, leave, applied, key_rotation } = content.parse(
      parseStrictJson(await readFile(path, 'utf8')),
    );
    return Object.fromEntries(
      Object.entries({ benchmark, endpoint, leave, applied, key_rotation }).filter(
        ([, last]) => last !== undefined,
      ),
    );
  } catch {
    return {};
  }
}
