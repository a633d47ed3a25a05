// Results of a node with a given behaviour, drawn from a seed.

import type { Benchmark, SeededRandom } from '@mesh/scoring';

/** The share of good answers among so many prompts. */
export function gradeOf(random: SeededRandom, good: number, prompts: number): number {
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
