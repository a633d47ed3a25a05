// Measures whether the time of a function depends on which of two classes its input belongs to, as dudect
// does (Reparaz, Balasch, Verbauwhede: Dude, is my code constant time?, 2017): both classes in random order,
// the slowest times cut off at several quantiles, Welch's t-test of the rest.

import { quantile } from '../statistics.ts';
import { welchT } from './welch.ts';

export interface Subject {
  readonly name: string;
  /**
   * Inputs of both classes, as many of each. They are made before anything is measured, and all alike, so
   * that the classes differ in their content alone.
   */
  readonly inputs: readonly [readonly Uint8Array[], readonly Uint8Array[]];
  readonly run: (input: Uint8Array) => unknown;
  /** How often an input is run for one time: enough for a few microseconds. */
  readonly repeats: number;
}

export interface LeakOptions {
  readonly measurements: number;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Nanoseconds. */
  readonly now: () => number;
}

/** Interrupts and the collector make some times long, whatever the input. */
const KEPT_SHARES = [1, 0.95, 0.9, 0.75, 0.5];

/** @returns the t of the share of the fastest times at which it is farthest from 0 */
export function findLeak(subject: Subject, options: LeakOptions): number {
  const times = measure(subject, options);
  const all = [...times[0], ...times[1]];
  let farthest = 0;
  for (const share of KEPT_SHARES) {
    const limit = quantile(all, share);
    const [one, other] = times.map((series) => series.filter((time) => time <= limit)) as [
      number[],
      number[],
    ];
    if (one.length < 2 || other.length < 2) continue;
    const t = welchT(one, other);
    if (Math.abs(t) > Math.abs(farthest)) farthest = t;
  }
  return farthest;
}

/** Holds what the last call returned, so that no call can be left out as having no effect. */
const held: { result: unknown } = { result: undefined };

function measure({ inputs, run, repeats }: Subject, { measurements, random, now }: LeakOptions) {
  const times: [number[], number[]] = [[], []];
  for (let at = 0; at < measurements; at++) {
    const classAt = random() < 0.5 ? 0 : 1;
    const pool = inputs[classAt];
    const input = pool[Math.floor(random() * pool.length)] as Uint8Array;
    const startedAt = now();
    for (let again = 0; again < repeats; again++) held.result = run(input);
    times[classAt].push(now() - startedAt);
  }
  return times;
}
