// What judging costs: decisions on the nodes of a large mesh, results folded into what is remembered of them,
// the memory that this takes, and a replay of a week. Pure code on one thread.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseNodeId } from '@mesh/primitives';
import {
  type ClosedExam,
  decideMesh,
  type Evidence,
  nextDrift,
  nextExam,
  nextWatch,
  type Policy,
  PolicyReplay,
  parsePolicy,
  type Benchmark as Result,
  seededRandom,
} from '@mesh/scoring';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { interleave } from '../interleave.ts';
import { cpuSinceMs } from '../process-cpu.ts';
import { type Findings, less, type Measurement, type Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { missedTarget } from '../targets.ts';
import { type Drawn, gradeOf, resultOf } from './behaving-node.ts';
import { closedExam } from './drawn-exams.ts';

const PROMPTS = 50;
const INTERVAL_MS = 30_000;
const WEEK_MS = 7 * 86_400_000;
const BEGIN_MS = 1_790_000_000_000;
const WEEK_NODES = 1_000;
/** Of each node in a replay. */
const REPLAY_INTERVAL_MS = 60_000;
/** The most that a replay of a week may take for 1,000 nodes. */
const REPLAY_LIMIT_S = 30;

const DRIFT = { ewma: {}, cusum: {}, level: {}, outlier: {}, reputation: { halfLifeMs: 604_800_000 } };
const POINTS = { threshold: 0.7, floors: { refusal: 0.7 } };
const ALL_ON = { ...POINTS, decision: 'interval', alarm: { promptsPerFalseCut: 10_000 }, drift: DRIFT };
const EXAMS = { pool: 'general', service: { port: 8_000 }, missing: 'deny', gap: {} };
const EXAM_EVERY_MS = 600_000;
const EXAM_SIZE = { examiners: 3, items: 20 };
/** Each signal leads to something, so that a replay cannot leave it out. */
const ACTING = Object.fromEntries(
  Object.entries(DRIFT).map(([signal, rule]) => [signal, { ...rule, action: 'declining' }]),
);
const policies: Readonly<Record<string, Policy>> = {
  points: parsePolicy(POINTS),
  'interval and alarm': parsePolicy({ ...ALL_ON, drift: undefined }),
  'all, with five drift signals': parsePolicy(ALL_ON),
  'all, and exams': parsePolicy({ ...ALL_ON, exams: EXAMS }),
  'all, and exams, every signal acts': parsePolicy({ ...ALL_ON, drift: ACTING, exams: EXAMS }),
};
const BASELINE = 'points';

export const scoringBenchmark: Benchmark = {
  name: 'scoring',
  summary: 'decisions and results a second at 10,000 nodes, memory of a node, a replay of a week',
  rounds: 5,
  run,
};

async function run(options: BenchmarkRun): Promise<Findings> {
  const { rounds, quick, progress, say } = options;
  const nodes = quick ? 200 : 10_000;
  const drawn = drawResults();
  say(`${nodes} nodes with 60 results each`);
  const meshes = new Map(
    Object.entries(policies).map(([name, policy]) => [name, meshOf(policy, nodes, drawn)]),
  );
  const contenders = [...meshes].map(([name, mesh]) => ({ name, run: () => figuresOf(mesh) }));
  const results = await interleave(contenders, rounds, progress);
  const table = (title: string, value: (figures: Figures) => number): Table => {
    const baseline = (results.get(BASELINE) ?? []).map(value);
    const rows = [...results].map(([name, figures]): Measurement => {
      const values = figures.map(value);
      const row = { name, unit: 'per CPU second', better: 'more' as const, ...summarise(values) };
      return name === BASELINE ? row : { ...row, ratio: pairedRatio(values, baseline) };
    });
    return { title, baseline: BASELINE, rows };
  };
  const weekMs = quick ? 600_000 : WEEK_MS;
  const what = `a replay of ${WEEK_NODES} nodes and ${quick ? 'ten minutes' : 'seven days'}`;
  const weeks = Object.entries(policies).map(([name, policy]) => {
    say(`${what}: ${name}`);
    return { name, seconds: replaySeconds(policy, drawn, WEEK_NODES, weekMs) };
  });
  const replayed = WEEK_NODES * (weekMs / REPLAY_INTERVAL_MS);
  return {
    tables: [
      table(`decisions on ${nodes} nodes at a freeze`, ({ decisions }) => decisions),
      table(`results of ${nodes} nodes folded and judged`, ({ folds }) => folds),
      {
        title: 'memory of what is remembered of a node beside its scores',
        rows: Object.entries(policies).map(([name, policy]) =>
          less(name, 'bytes', [bytesANode(policy, nodes, drawn)]),
        ),
      },
      { title: what, rows: weeks.map(({ name, seconds }) => less(name, 's of CPU', [seconds])) },
      {
        title: 'a result of that replay',
        rows: weeks.map(({ name, seconds }) => less(name, 'µs of CPU', [(seconds * 1e6) / replayed])),
      },
    ],
    notes: [
      `Each result has two scores of ${PROMPTS} prompts, and four signals of its node. One thread.`,
      `A replay has a result of every node and a boundary each minute, so seven days of ${WEEK_NODES} nodes are 10 million results. The making of the events counts.`,
      `Where there are exams, each node has one of 3 × 20 items every ${EXAM_EVERY_MS / 60_000} minutes.`,
      'The memory is that of the JavaScript heap after a collection, with and without what is remembered.',
    ],
    missed: quick
      ? []
      : weeks.flatMap(({ name, seconds }) =>
          missedTarget(`${what}, ${name}`, seconds, REPLAY_LIMIT_S, 's of CPU'),
        ),
  };
}

interface Figures {
  readonly decisions: number;
  readonly folds: number;
}

interface MeshScene {
  readonly policy: Policy;
  readonly nodes: { readonly nodeId: ReturnType<typeof parseNodeId>; evidence: Evidence }[];
  readonly drawn: readonly Drawn[];
  nowMs: number;
  /** How many results each node has had. */
  turn: number;
}

/** A thousand draws, which the results take in turns: drawing is not what is measured. */
function drawResults(): readonly Drawn[] {
  const random = seededRandom(13);
  return Array.from({ length: 1_000 }, () => ({
    overall: gradeOf(random, 0.93, PROMPTS),
    refusal: gradeOf(random, 0.93, PROMPTS),
    latencyMs: 180 + 40 * random(),
  }));
}

/** A mesh whose nodes have 60 results each, so that everything about them has been learnt. */
function meshOf(policy: Policy, count: number, drawn: readonly Drawn[]): MeshScene {
  const nodes = Array.from({ length: count }, (_, at) => ({
    nodeId: parseNodeId(`node-${at}`),
    evidence: { status: 'active', membership: 'admitted' } as Evidence,
  }));
  const scene = { policy, nodes, drawn, nowMs: BEGIN_MS, turn: 0 };
  for (let result = 0; result < 60; result++) fold(scene);
  for (const [at, node] of nodes.entries()) {
    const { latest } = node.evidence;
    const exam = nextExam(policy, undefined, examAt(at, scene.nowMs), latest);
    if (exam !== undefined) node.evidence = { ...node.evidence, exam };
  }
  return scene;
}

/** A hundred exams, which nodes take in turns. */
const exams: readonly ClosedExam[] = (() => {
  const random = seededRandom(17);
  return Array.from({ length: 100 }, () => closedExam(random, 0.93, EXAM_SIZE, BEGIN_MS));
})();
const examAt = (turn: number, closedAtMs: number): ClosedExam => ({
  ...(exams[turn % exams.length] as ClosedExam),
  closedAtMs,
});

/** One more result of every node. */
function fold(scene: MeshScene): void {
  const { policy, nodes, drawn } = scene;
  scene.nowMs += INTERVAL_MS;
  scene.turn += 1;
  for (const [at, node] of nodes.entries()) {
    const { latest: before, watch: watched } = node.evidence;
    const received = resultOf(drawn[(at + scene.turn) % drawn.length] as Drawn, scene.nowMs, PROMPTS);
    const drift = nextDrift(policy, before?.drift, received);
    const watch = nextWatch(policy, watched, received);
    const latest: Result = drift === undefined ? received : { ...received, drift };
    node.evidence = { ...node.evidence, latest, watch };
  }
}

function decide({ policy, nodes, nowMs }: MeshScene): void {
  decideMesh({ kind: 'freeze', policy, nodes, nowMs, stalenessWaived: false });
}

function figuresOf(scene: MeshScene): Figures {
  const perSecond = (work: () => void) => {
    const start = process.cpuUsage();
    work();
    return scene.nodes.length / (cpuSinceMs(start) / 1_000);
  };
  const folds = perSecond(() => {
    fold(scene);
    decide(scene);
  });
  return { folds, decisions: perSecond(() => decide(scene)) };
}

function bytesANode(policy: Policy, count: number, drawn: readonly Drawn[]): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const usedBytes = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const scene = meshOf(policy, count, drawn);
  const withAll = usedBytes();
  for (const node of scene.nodes) {
    const { watch: _watch, exam: _exam, latest, ...evidence } = node.evidence;
    const { drift: _drift, ...result } = latest as Result;
    node.evidence = { ...evidence, latest: result };
  }
  return Math.max(0, withAll - usedBytes()) / count;
}

/** CPU seconds of a replay, the making of its events included. */
function replaySeconds(policy: Policy, drawn: readonly Drawn[], nodes: number, lengthMs: number): number {
  const ids = Array.from({ length: nodes }, (_, at) => `node-${at}`);
  const replay = new PolicyReplay(policy);
  const start = process.cpuUsage();
  let draw = 0;
  for (let elapsedMs = 0; elapsedMs < lengthMs; elapsedMs += REPLAY_INTERVAL_MS) {
    const atMs = BEGIN_MS + elapsedMs;
    replay.take({ kind: 'boundary', atMs });
    for (const [at, nodeId] of ids.entries()) {
      draw = (draw + 1) % drawn.length;
      replay.take({
        kind: 'benchmark',
        nodeId,
        atMs,
        benchmark: resultOf(drawn[draw] as Drawn, atMs, PROMPTS),
      });
      if (policy.exams !== undefined && elapsedMs % EXAM_EVERY_MS === 0)
        replay.take({ kind: 'exam', nodeId, atMs, closed: examAt(at, atMs) });
    }
  }
  const replayed = replay.end(BEGIN_MS + lengthMs);
  if (replayed.length !== nodes) throw new Error('the replay lost nodes: mend the benchmark');
  return cpuSinceMs(start) / 1_000;
}
