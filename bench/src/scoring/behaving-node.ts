// Results of a node with a given behaviour, drawn from a seed.

import type { Benchmark } from '@mesh/scoring';

export type Random = () => number;

/** SplitMix32: the same sequence for the same seed, on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** The share of good answers among so many prompts. */
export function gradeOf(random: Random, good: number, prompts: number): number {
  let graded = 0;
  for (let prompt = 0; prompt < prompts; prompt++) if (random() < good) graded += 1;
  return graded / prompts;
}

export interface Drawn {
  readonly overall: number;
  readonly refusal: number;
  readonly latencyMs: number;
}

/** @param prompts of each score */
export function resultOf({ overall, refusal, latencyMs }: Drawn, atMs: number, prompts: number): Benchmark {
  return {
    scores: { overall, refusal },
    samples: { overall: prompts, refusal: prompts },
    measuredAtMs: atMs,
    arrivedAtMs: atMs,
    sentAtMs: atMs,
    signals: { latencyMs, errorRate: 0, handshakes: 1, skewMs: 5 },
  };
}
