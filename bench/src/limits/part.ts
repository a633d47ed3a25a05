// One part of the work, measured alone: how many a second, and how much CPU each costs.

import type { Contender } from '../interleave.ts';

export interface PartFigures {
  readonly perSecond: number;
  /** CPU time of one operation, over all threads of the process that does the work. */
  readonly cpuMicros: number;
}

export interface Part extends Contender<PartFigures> {
  readonly name: string;
  /** Repeats the operation for one turn. */
  readonly run: () => Promise<PartFigures>;
  /** Ends what the part has started. */
  readonly close?: () => Promise<void>;
}

/** The figures of each round, by the name of the part. */
export type PartRounds = ReadonlyMap<string, readonly PartFigures[]>;

export interface Parts extends AsyncDisposable {
  readonly parts: readonly Part[];
}

/**
 * Starts parts one after another. If one does not start, those that have are closed.
 *
 * @param starts parts, and functions that start one
 */
export async function startParts(starts: readonly (Part | (() => Part | Promise<Part>))[]): Promise<Parts> {
  const parts: Part[] = [];
  const closeAll = async () => {
    for (const part of parts.toReversed()) await part.close?.();
  };
  try {
    for (const start of starts) parts.push(typeof start === 'function' ? await start() : start);
  } catch (error) {
    await closeAll();
    throw error;
  }
  return { parts, [Symbol.asyncDispose]: closeAll };
}

export interface CpuTime {
  /** Microseconds of user and system time. */
  readonly user: number;
  readonly system: number;
}

/** @param cpu what all the operations cost */
export function perOperation(operations: number, wallMs: number, { user, system }: CpuTime): PartFigures {
  return { perSecond: (operations * 1000) / wallMs, cpuMicros: (user + system) / operations };
}

/** How often synchronous work is repeated between two looks at the clock. */
const BATCH = 8;

/** Repeats synchronous work on this thread for at least `turnMs`. */
export function repeat(turnMs: number, work: () => unknown): PartFigures {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  let operations = 0;
  do {
    for (let at = 0; at < BATCH; at++) work();
    operations += BATCH;
  } while (performance.now() - startedMs < turnMs);
  return perOperation(operations, performance.now() - startedMs, process.cpuUsage(cpu));
}

/**
 * Repeats asynchronous work for at least `turnMs`, with as many operations in progress as there are workers.
 *
 * @param workers each runs its operations one after another
 */
export async function repeatTogether(
  turnMs: number,
  workers: readonly (() => Promise<unknown>)[],
): Promise<{ readonly operations: number; readonly wallMs: number }> {
  const startedMs = performance.now();
  let operations = 0;
  await Promise.all(
    workers.map(async (work) => {
      do {
        await work();
        operations += 1;
      } while (performance.now() - startedMs < turnMs);
    }),
  );
  return { operations, wallMs: performance.now() - startedMs };
}
