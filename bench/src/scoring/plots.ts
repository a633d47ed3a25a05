// The plots of docs/scoring.md: what more prompts buy, how long the alarm takes, what the drift signals
// notice, and what exams find. Everything is drawn from seeds, so that the same figures come out again.

import {
  alarmOf,
  type Drift,
  driftSignalsOf,
  E_DETECTOR_START,
  nextDrift,
  parsePolicy,
  type Benchmark as Result,
  type SeededRandom,
  seededRandom,
  watchGrade,
  wilsonInterval,
} from '@mesh/scoring';
import { gradeOf, resultOf } from './behaving-node.ts';
import { drawExamPlots } from './exam-plots.ts';
import { type Line, renderChart } from './line-chart.ts';

/** By the names of their files in docs/scoring. */
export function drawPlots(): Readonly<Record<string, string>> {
  return {
    ...{ 'prompts.svg': promptsPlot(), 'delay.svg': delayPlot(), 'power.svg': powerPlot() },
    ...drawExamPlots(),
  };
}

const COUNTS = [5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1_000];

function promptsPlot(): string {
  const bounds = (score: number): readonly [Line, Line] => {
    const ends = COUNTS.map((count) => ({ count, ...wilsonInterval(score * count, count, 0.95) }));
    const name = `a score of ${score.toFixed(2)}`;
    return [
      { name, points: ends.map(({ count, lower }) => [count, lower]) },
      { name: '', points: ends.map(({ count, upper }) => [count, upper]) },
    ];
  };
  return renderChart({
    title: 'What is plausible behind a score (Wilson, 95 %)',
    x: { label: 'prompts', ticks: [5, 10, 20, 50, 100, 200, 500, 1_000], logarithmic: true },
    y: { label: 'the true share of good answers', ticks: [0.2, 0.4, 0.6, 0.8, 1] },
    lines: [0.95, 0.8, 0.6].flatMap(bounds),
  });
}

const ASKED = 0.7;
const BUDGETS = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
const RUNS = 60;

/** The mean number of prompts until the alarm has each budget's evidence. */
function delaysAt(share: number): readonly number[] {
  const random = seededRandom(Math.round(share * 100));
  const sums = BUDGETS.map(() => 0);
  for (let run = 0; run < RUNS; run++) {
    let state = E_DETECTOR_START;
    for (let [prompts, next] = [1, 0]; next < BUDGETS.length; prompts++) {
      const detector = { kind: 'shiryaev-roberts', asked: ASKED, promptsPerFalseAlarm: 100 } as const;
      state = watchGrade(detector, state, Number(random() < share));
      const { evidence } = alarmOf(detector, state);
      for (; next < BUDGETS.length && evidence >= (BUDGETS[next] as number); next++)
        sums[next] = (sums[next] as number) + prompts / RUNS;
    }
  }
  return sums;
}

function delayPlot(): string {
  return renderChart({
    title: `Prompts until the alarm cuts a node that should be at ${ASKED}`,
    x: { label: 'promptsPerFalseCut', ticks: [100, 1_000, 10_000, 100_000], logarithmic: true },
    y: { label: 'prompts', ticks: [10, 30, 100, 300], logarithmic: true },
    lines: [0.6, 0.5, 0.4, 0.2].map((share) => ({
      name: `it is at ${share}`,
      points: delaysAt(share).map((delay, at) => [BUDGETS[at] as number, delay]),
    })),
  });
}

const USUAL = 0.95;
const LEARN = 60;
const WITHIN = 10;
const NODES = 30;
const FALLS = [0, 0.03, 0.06, 0.09, 0.12, 0.16, 0.2];
const SIGNALS = ['ewma', 'cusum', 'level', 'outlier'] as const;
const policy = parsePolicy({ threshold: 0.5, drift: { ewma: {}, cusum: {}, level: {}, outlier: {} } });

/**
 * The share of nodes of which each signal speaks within ten results after their answers have become worse.
 */
function powerPlot(): string {
  const noticed = FALLS.map((fall) => noticedAfter(fall));
  return renderChart({
    title: `Share of nodes noticed within ${WITHIN} results of 50 prompts`,
    x: {
      label: `how far the share of good answers has fallen from ${USUAL}`,
      ticks: [0, 0.05, 0.1, 0.15, 0.2],
    },
    y: { label: 'share of nodes', ticks: [0, 0.25, 0.5, 0.75, 1] },
    lines: SIGNALS.map((name) => ({
      name,
      points: FALLS.map((fall, at) => [fall, (noticed[at]?.get(name) ?? 0) / NODES]),
    })),
  });
}

/** Of how many nodes each signal speaks within ten results after a fall. The same nodes for every fall. */
function noticedAfter(fall: number): ReadonlyMap<string, number> {
  const noticed = new Map<string, number>();
  for (let node = 0; node < NODES; node++) {
    const random = seededRandom(1_000 + node);
    const learnt = fold(undefined, 0, LEARN, USUAL, random).at(-1);
    const said = fold(learnt, LEARN, WITHIN, USUAL - fall, random)
      .flatMap((drift) => driftSignalsOf(policy, drift))
      .filter(({ speaks }) => speaks);
    for (const signal of new Set(said.map((one) => one.signal)))
      noticed.set(signal, (noticed.get(signal) ?? 0) + 1);
  }
  return noticed;
}

function fold(
  from: Drift | undefined,
  first: number,
  count: number,
  good: number,
  random: SeededRandom,
): Drift[] {
  const folded: Drift[] = [];
  let drift = from;
  for (let at = first; at < first + count; at++) {
    const result: Result = resultOf(
      {
        overall: gradeOf(random, good, 50),
        refusal: gradeOf(random, good, 50),
        latencyMs: 180 + 40 * random(),
      },
      1_790_000_000_000 + at * 30_000,
      50,
    );
    drift = nextDrift(policy, drift, result);
    if (drift !== undefined) folded.push(drift);
  }
  return folded;
}
