// What the sequential alarm remembers of one node, as numbers that change in place: a replay folds millions
// of results.

import type { AlarmRule } from './alarm-rule.ts';
import type { Bar } from './bar.ts';
import type { Benchmark } from './evidence.ts';
import { keepsGap } from './hysteresis.ts';
import { countSamples } from './judge-score.ts';
import type { Policy } from './policy.ts';
import { addGrades, checkState, E_DETECTOR_START, evidenceOf, logGainsOf } from './statistics/e-detector.ts';
import { knownOf, type Watch, type Watched } from './watch.ts';

/**
 * Evidence beyond this multiple of the limit is not kept, so that the way back from long bad behaviour is not
 * as long as the behaviour was.
 */
const MOST_EVIDENCE = 10;

export class WatchFold {
  readonly #policy: Policy;
  readonly #rule: AlarmRule;
  /** What was remembered before; what is remembered now stands in the scores, once there is a bar. */
  #before: Watch | undefined;
  /** By whose limits the scores are watched; absent before the first result. */
  #bar: Bar | undefined;
  #scores: readonly WatchedScore[] = [];
  #isEmpty: boolean;
  #measuredAtMs = Number.NaN;
  #arrivedAtMs = Number.NaN;

  /** @param known what was remembered before; absent: nothing */
  constructor(policy: Policy, rule: AlarmRule, known?: Watch) {
    this.#policy = policy;
    this.#rule = rule;
    this.#isEmpty = known === undefined;
    this.#reload(known);
  }

  /** Forgets everything. */
  clear(): void {
    this.#isEmpty = true;
    this.#reload(undefined);
  }

  #reload(known: Watch | undefined): void {
    this.#before = known;
    this.#bar = undefined;
    this.#scores = [];
    this.#measuredAtMs = known?.measuredAtMs ?? Number.NaN;
    this.#arrivedAtMs = known?.arrivedAtMs ?? Number.NaN;
  }

  /**
   * Takes a result that counts for the policy.
   *
   * @returns false for one that comes too early, which changes nothing
   */
  take(bar: Bar, benchmark: Benchmark): boolean {
    if (!this.#isEmpty && !keepsGap(this.#policy, this.#measuredAtMs, this.#arrivedAtMs, benchmark))
      return false;
    if (bar !== this.#bar) {
      const known = this.watch();
      this.#bar = bar;
      this.#scores = bar.watched.map(
        ([metric, asked]) => new WatchedScore(this.#rule, metric, asked, knownOf(known, metric, asked)),
      );
    }
    for (const score of this.#scores) score.take(benchmark);
    this.#isEmpty = false;
    this.#measuredAtMs = benchmark.measuredAtMs;
    this.#arrivedAtMs = benchmark.arrivedAtMs;
    return true;
  }

  /** Whether the alarm of a score rings, by the limits of the last result's bar. */
  rings(): boolean {
    for (const score of this.#scores) if (score.rings()) return true;
    return false;
  }

  /** What is remembered now; undefined before the first result that counts. */
  watch(): Watch | undefined {
    if (this.#isEmpty) return undefined;
    if (this.#bar === undefined) return this.#before;
    const metrics: Record<string, Watched> = {};
    for (const score of this.#scores) {
      const watched = score.watched();
      if (watched !== undefined) metrics[score.metric] = watched;
    }
    return { measuredAtMs: this.#measuredAtMs, arrivedAtMs: this.#arrivedAtMs, metrics };
  }
}

class WatchedScore {
  readonly metric: string;
  readonly #rule: AlarmRule;
  readonly #limit: number;
  readonly #gains: readonly number[];
  #isKnown: boolean;
  #asked: number;
  readonly #state: number[];
  #evidence: number;
  #prompts: number;
  #good: number;

  constructor(rule: AlarmRule, metric: string, limit: number, known: Watched | undefined) {
    this.metric = metric;
    this.#rule = rule;
    this.#limit = limit;
    this.#gains = logGainsOf(limit);
    this.#isKnown = known !== undefined;
    this.#asked = known?.asked ?? limit;
    this.#state = [...(known?.evidence ?? E_DETECTOR_START)];
    checkState(this.#state);
    this.#evidence = evidenceOf(this.#state);
    this.#prompts = known?.prompts ?? 0;
    this.#good = known?.good ?? 0;
  }

  /** A result without this score changes nothing. */
  take({ scores, samples: counted }: Benchmark): void {
    const samples = countSamples(counted, this.metric);
    if (samples === 0) return;
    const mean = scores[this.metric] ?? Number.NaN;
    const { designEffect, promptsPerFalseCut } = this.#rule;
    const prompts = samples / designEffect;
    const wasNothing = !this.#isKnown || this.#evidence <= prompts;
    addGrades(this.#state, this.#gains, mean, prompts, MOST_EVIDENCE * promptsPerFalseCut);
    this.#evidence = evidenceOf(this.#state);
    this.#isKnown = true;
    this.#asked = this.#limit;
    this.#prompts = (wasNothing ? 0 : this.#prompts) + samples;
    this.#good = (wasNothing ? 0 : this.#good) + mean * samples;
  }

  rings(): boolean {
    return this.#isKnown && this.#evidence >= this.#rule.promptsPerFalseCut;
  }

  watched(): Watched | undefined {
    if (!this.#isKnown) return undefined;
    const { asked, evidence } = { asked: this.#asked, evidence: [...this.#state] };
    return { asked, evidence, prompts: this.#prompts, good: this.#good };
  }
}
