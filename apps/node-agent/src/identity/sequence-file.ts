// Sequence numbers that rise, one counter for each kind of message. Each number is max(last + 1, now in ms)
// and is on disk before it is used, so neither a crash nor a clock that was set back repeats one. Losing the
// file repeats none either, because the clock has moved on; so a full disk does not silence the node.

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
  /** Called when a number could not be stored; it is used all the same. */
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

  /** Starts from the clock where the file is missing or damaged. */
  static async open(options: SequenceFileOptions): Promise<SequenceFile> {
    return new SequenceFile(options, await readCounters(options.path));
  }

  /**
   * The next number of a kind. It is on disk when this resolves, unless `onUnsaved` was called. Calls run one
   * at a time.
   */
  next(kind: SequenceKind): Promise<number> {
    return this.#serially(async () => {
      const own = this.#last[kind] ?? 0;
      // No number is above the highest one, so only the clock remains to continue from.
      const above = own < Number.MAX_SAFE_INTEGER ? own + 1 : 1;
      const next = Math.max(above, Math.floor(this.#nowMs()));
      const last = { ...this.#last, [kind]: next };
      await writeFileAtomic(this.#path, `${JSON.stringify(last)}\n`).catch(this.#onUnsaved);
      this.#last = last;
      return next;
    });
  }

  /**
   * The controller holds a higher number than this file: continue above it.
   * @param highest the highest number that the controller takes. An own number above it is given up, because
   *   all that follow would be refused. So is the highest safe integer, which no number can follow
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
