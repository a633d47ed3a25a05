// One limit of a policy, as a replay asks about it millions of times: the score from which on it is surely
// met is found once for each number of samples.

import type { Benchmark } from '../evidence.ts';
import { countSamples, judgeScore, type ScoreVerdict } from '../judge-score.ts';
import type { Policy } from '../policy.ts';

/** Far above what rounding changes, and far below the share of one prompt. */
const MARGIN = 1e-9;
const HALVINGS = 40;
/** Nodes have few numbers of samples. */
const MOST_KNOWN = 10_000;

export class JudgedLimit {
  readonly #policy: Policy;
  readonly #metric: string;
  readonly #limit: number;
  readonly #surely = new Map<number, number>();
  #lastSamples = -1;
  #lastSurely = Number.POSITIVE_INFINITY;

  constructor(policy: Policy, metric: string, limit: number) {
    this.#policy = policy;
    this.#metric = metric;
    this.#limit = limit;
  }

  /** What `judgeScore` says of a usable benchmark. */
  outcomeOf(benchmark: Benchmark): ScoreVerdict['outcome'] {
    const score = benchmark.scores[this.#metric] ?? Number.NaN;
    return score >= this.#limit && score >= this.#surelyFrom(benchmark)
      ? 'meets'
      : judgeScore(this.#policy, benchmark, this.#metric, this.#limit).outcome;
  }

  /** From which score on the limit is met, for certain; points are compared without a number of samples. */
  #surelyFrom({ samples }: Benchmark): number {
    if (this.#policy.decision === undefined) return this.#limit;
    const count = countSamples(samples, this.#metric);
    if (count !== this.#lastSamples) {
      this.#lastSamples = count;
      this.#lastSurely = count === 0 ? this.#limit : this.#searched(count);
    }
    return this.#lastSurely;
  }

  #searched(samples: number): number {
    const known = this.#surely.get(samples);
    if (known !== undefined) return known;
    let [below, above] = [this.#limit, 1 + MARGIN];
    for (let step = 0; step < HALVINGS; step++) {
      const middle = (below + above) / 2;
      if (this.#meets(middle, samples)) above = middle;
      else below = middle;
    }
    // The lower end of an interval rises with the score.
    const surely = above + MARGIN;
    if (this.#surely.size < MOST_KNOWN) this.#surely.set(samples, surely);
    return surely;
  }

  #meets(score: number, samples: number): boolean {
    const [metric, atMs] = [this.#metric, 0];
    const result = { scores: { [metric]: score }, samples: { [metric]: samples } };
    const times = { measuredAtMs: atMs, arrivedAtMs: atMs };
    return judgeScore(this.#policy, { ...result, ...times }, metric, this.#limit).outcome === 'meets';
  }
}
