// How often PSK workers have encapsulated by X-Wing. Where sealing makes no encapsulation, it was made
// before.

import { setEnvironmentData } from 'node:worker_threads';

/** Where the worker finds the counter that it shares with this thread. */
export const ENCAPSULATIONS = 'encapsulations of the PSK worker';

/** Its program, for a worker that is started after `countEncapsulations` was called. */
export const countingWorker = new URL('./counting-worker.ts', import.meta.url);

/** @returns how often the counting workers have encapsulated that were started since */
export function countEncapsulations(): () => number {
  const counter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData(ENCAPSULATIONS, counter);
  return () => Atomics.load(counter, 0);
}
