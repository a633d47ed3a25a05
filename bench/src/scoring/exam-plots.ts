// The plots of docs/scoring.md about exams: what more items and examiners find, and how long the gap detector
// takes.

import {
  type ExamEvidence,
  examVerdict,
  gapsOf,
  nextExam,
  parsePolicy,
  type Benchmark as Result,
  seededRandom,
} from '@mesh/scoring';
import { gradeOf } from './behaving-node.ts';
import { closedExam, type ExamSize } from './drawn-exams.ts';
import { renderChart } from './line-chart.ts';

/** By the names of their files in docs/scoring. */
export function drawExamPlots(): Readonly<Record<string, string>> {
  return { 'exam-power.svg': powerPlot(), 'exam-gap.svg': gapPlot() };
}

const AT_MS = 1_790_000_000_000;
const EXAMS = { pool: 'general', service: { port: 8_000 } };
const ASKED = 0.8;
const SHARES = [0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9];
const NODES = 300;
const SIZES: readonly ExamSize[] = [
  { examiners: 1, items: 20 },
  { examiners: 2, items: 20 },
  { examiners: 3, items: 20 },
  { examiners: 3, items: 60 },
];

function powerPlot(): string {
  const policy = parsePolicy({ threshold: ASKED, exams: EXAMS });
  const failsAt = (size: ExamSize, good: number): number => {
    const random = seededRandom(Math.round(good * 1_000) + size.examiners * 7 + size.items);
    let failed = 0;
    for (let node = 0; node < NODES; node++) {
      const exam = nextExam(policy, undefined, closedExam(random, good, size, AT_MS), undefined);
      if (examVerdict(policy, undefined, exam?.last)?.outcome === 'failed') failed += 1;
    }
    return failed / NODES;
  };
  return renderChart({
    title: `Share of nodes that fail one exam, where ${ASKED} is asked for`,
    x: { label: 'the true share of good answers', ticks: [0.4, 0.5, 0.6, 0.7, 0.8, 0.9] },
    y: { label: 'share of nodes', ticks: [0, 0.25, 0.5, 0.75, 1] },
    lines: SIZES.map((size) => ({
      name: `${size.examiners} × ${size.items} items`,
      points: SHARES.map((good) => [good, failsAt(size, good)]),
    })),
  });
}

const OWN = 0.95;
const OWN_PROMPTS = 50;
const BUDGETS = [300, 1_000, 3_000, 10_000, 30_000, 100_000];
const RUNS = 60;
const MOST_EXAMS = 500;
const USUAL: ExamSize = { examiners: 3, items: 20 };

/** The mean number of exams until the evidence of a gap has reached each budget. */
function delaysAt(found: number): readonly number[] {
  const largest = BUDGETS.at(-1) as number;
  const policy = parsePolicy({ threshold: 0.5, exams: { ...EXAMS, gap: { promptsPerFalseCut: largest } } });
  const random = seededRandom(Math.round(found * 100));
  const sums = BUDGETS.map(() => 0);
  for (let run = 0; run < RUNS; run++) {
    let exam: ExamEvidence | undefined;
    for (let [held, next] = [1, 0]; next < BUDGETS.length && held <= MOST_EXAMS; held++) {
      const own: Result = {
        scores: { overall: gradeOf(random, OWN, OWN_PROMPTS) },
        samples: { overall: OWN_PROMPTS },
        measuredAtMs: AT_MS,
        arrivedAtMs: AT_MS,
      };
      exam = nextExam(policy, exam, closedExam(random, found, USUAL, AT_MS), own);
      const evidence = gapsOf(policy.exams, exam)[0]?.evidence ?? 0;
      for (; next < BUDGETS.length && evidence >= (BUDGETS[next] as number); next++)
        sums[next] = (sums[next] as number) + held / RUNS;
    }
  }
  return sums;
}

function gapPlot(): string {
  return renderChart({
    title: `Exams until a gap is found, at ${OWN} by the node’s own measure`,
    x: { label: 'gap.promptsPerFalseCut', ticks: [300, 1_000, 10_000, 100_000], logarithmic: true },
    y: { label: 'exams of 3 × 20 items', ticks: [1, 2, 5, 10, 20, 50], logarithmic: true },
    lines: [0.7, 0.65, 0.5, 0.3].map((found) => ({
      name: `examined at ${found}`,
      points: delaysAt(found).map((delay, at) => [BUDGETS[at] as number, delay]),
    })),
  });
}
