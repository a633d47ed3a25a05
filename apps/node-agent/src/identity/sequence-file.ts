// Rising sequence numbers, with one counter for each kind of message. Each number is max(last + 1, now in ms)
// and is on disk before it is used. So neither a crash nor a clock that was set back repeats a number. If the
// file is lost, the clock still gives a higher number, so a full disk does not silence the node.

import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import * as z from 'zod';

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
  /** Called when a number could not be stored. The number is still used. */
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

  /** Opens the file. If it is missing or damaged, the numbers start from the clock. */
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
      // After the highest safe integer, the next number comes from the clock alone.
      const above = own < Number.MAX_SAFE_INTEGER ? own + 1 : 1;
      const next = Math.max(above, Math.floor(this.#nowMs()));
      const last = { ...this.#last, [kind]: next };
      await writeFileAtomic(this.#path, `${JSON.stringify(last)}\n`).catch(this.#onUnsaved);
      this.#last = last;
      return next;
    });
  }

  /**
   * Continues above the number that the controller has, because it is higher than that in this file.
   * @param highest the highest number that the controller accepts. If our own number is above it, it is
   *   dropped, because all later numbers would be refused. The highest safe integer is dropped as well,
   *   because no number can follow it
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
