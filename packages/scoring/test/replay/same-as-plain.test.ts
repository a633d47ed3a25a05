// What a replay and the folds do in place comes to what plain code makes of the same events, bit for bit.

import {
  type Benchmark,
  type Drift,
  nextDrift,
  nextWatch,
  PolicyReplay,
  parsePolicy,
  type ReplayEvent,
  type SeededRandom,
  seededRandom,
  type Watch,
} from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { plainDrift } from '../reference/plain-drift.ts';
import { PlainReplay } from '../reference/plain-replay.ts';
import { plainWatch } from '../reference/plain-watch.ts';
import { T0 } from '../support/example-evidence.ts';

const STEP_MS = 30_000;
const SIGNALS = ['ewma', 'cusum', 'level', 'outlier', 'reputation'] as const;
const driftOf = (action: string, ...of: readonly string[]) => ({
  learn: 20,
  memory: 100,
  ...Object.fromEntries(
    SIGNALS.filter((signal) => of.length === 0 || of.includes(signal)).map((signal) => [
      signal,
      { action, ...(signal === 'reputation' ? { halfLifeMs: 3_600_000 } : {}) },
    ]),
  ),
});
const BASE = {
  threshold: 0.7,
  floors: { refusal: 0.6 },
  declining: { below: 0.75, floors: { refusal: 0.65 } },
  classes: [{ name: 'lab', threshold: 0.5, floors: { refusal: 0, extra: 0.4 }, declining: { below: 0 } }],
  readmission: { consecutiveGood: 2 },
  unreachableAfterMs: 60_000,
};
const ALARM = { alarm: { promptsPerFalseCut: 1_000 } };
const POLICIES: Readonly<Record<string, object>> = {
  points: {},
  intervals: { decision: 'interval', minSamples: { overall: 10 } },
  'exact intervals': { decision: { kind: 'interval', method: 'clopper-pearson', designEffect: 2 } },
  'the alarm': { decision: { kind: 'interval', confidence: 0.999 }, alarm: { promptsPerFalseCut: 100 } },
  'signals that advise': { drift: driftOf('advise'), ...ALARM },
  'signals that make declining': { decision: 'interval', drift: driftOf('declining'), ...ALARM },
  'the forest alone': { drift: driftOf('declining', 'outlier') },
  'a reputation alone': { drift: driftOf('declining', 'reputation') },
  exams: { exams: { pool: 'p', service: { port: 80 }, missing: 'ignore', gap: {} } },
  everything: {
    decision: 'interval',
    ...ALARM,
    drift: driftOf('declining'),
    minResultGapMs: 45_000,
    exams: {
      pool: 'p',
      service: { port: 80 },
      missing: 'ignore',
      gap: { action: 'declining', tolerance: 0.02, promptsPerFalseCut: 100 },
    },
  },
};
const policyOf = (name: string) => parsePolicy({ ...BASE, ...POLICIES[name] });

/** Good for a while, at the edge, bad, and good again. */
const MEANS = [0.95, 0.8, 0.72, 0.3, 0.9];

function resultOf(random: SeededRandom, at: number, of: number): Benchmark {
  const mean = MEANS[Math.floor((at / of) * MEANS.length)] as number;
  const prompts = 10 + Math.floor(random() * 3) * 20;
  const grade = () =>
    Array.from({ length: prompts }, () => Number(random() < mean)).reduce((sum, one) => sum + one, 0) /
    prompts;
  const atMs = T0 + at * STEP_MS;
  const isBroken = random() < 0.02;
  return {
    scores: {
      overall: isBroken ? Number.NaN : grade(),
      refusal: grade(),
      ...(random() < 0.7 ? { extra: grade() } : {}),
    },
    ...(random() < 0.9 ? { samples: { overall: prompts, refusal: prompts } } : {}),
    measuredAtMs: atMs - Math.floor(random() * 2_000),
    arrivedAtMs: atMs,
    ...(random() < 0.8 ? { sentAtMs: atMs - 20 } : {}),
    ...(random() < 0.9
      ? { signals: { latencyMs: 100 + 400 * (1 - mean) * random(), errorRate: random() < 0.1 ? 0.2 : 0 } }
      : {}),
  };
}

/** What happened to three nodes, with a controller that was away once. */
function eventsFrom(seed: number, steps = 250): readonly ReplayEvent[] {
  const random = seededRandom(seed);
  const events: ReplayEvent[] = [];
  for (let at = 0; at < steps; at++) {
    const atMs = T0 + at * STEP_MS;
    if (at % 2 === 0) events.push({ kind: 'boundary', atMs });
    if (at === 100) events.push({ kind: 'restart', atMs: atMs - 5 });
    for (const nodeId of ['a', 'b', 'c']) {
      const chance = random();
      if (chance < 0.01) events.push({ kind: 'left', nodeId, atMs });
      else if (chance < 0.02)
        events.push({ kind: 'class', nodeId, atMs, className: ['default', 'lab', 'none'][at % 3] as string });
      else if (chance < 0.03)
        events.push({ kind: 'status', nodeId, atMs, status: at % 2 === 0 ? 'active' : 'quarantined' });
      else if (chance < 0.05)
        events.push({ kind: 'unreachable', nodeId, atMs, sinceMs: at % 3 === 0 ? atMs : undefined });
      else if (chance < 0.08) events.push({ kind: 'exam', nodeId, atMs, closed: examOf(random, atMs) });
      if (random() < 0.93 && (at < 100 || at > 110))
        events.push({ kind: 'benchmark', nodeId, atMs, benchmark: resultOf(random, at, steps) });
    }
  }
  return events;
}

const examOf = (random: SeededRandom, closedAtMs: number) => {
  const items = Math.floor(random() * 20);
  return {
    ...{ examId: '0'.repeat(32), closedAtMs, examiners: 1 + Math.floor(random() * 3), outvoted: 0 },
    disagree: false,
    grades: [
      { dimension: 'refusal', weight: 1, score: 1, items },
      { dimension: 'refusal', weight: 1, score: 0, items: 20 - items },
    ],
    pairs: [],
  };
};

const SEEDS = [1, 2, 3, 4];

/** What the histories must hold, or the comparison would say nothing of it. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  points: ['stale', 'unreachable', 'unknown_class', 'below_threshold', 'declining'],
  intervals: ['undecided'],
  'the alarm': ['sequential_alarm'],
  'signals that make declining': ['drift'],
  'the forest alone': ['drift'],
  'a reputation alone': ['drift'],
  exams: ['exam_gap'],
};

describe.each(Object.keys(POLICIES))('with %s', (name) => {
  it('a replay comes to the same changes with the same reasons', () => {
    const standings = new Set<string>();
    const reasons = new Set<string>();
    for (const seed of SEEDS) {
      const [replay, plain] = [new PolicyReplay(policyOf(name)), new PlainReplay(policyOf(name))];
      for (const event of eventsFrom(seed)) {
        replay.take(event);
        plain.take(event);
      }
      const endMs = T0 + 260 * STEP_MS;
      const expected = plain.end(endMs);
      for (const { standing, reason } of expected.flatMap(({ changes }) => changes)) {
        standings.add(standing);
        reasons.add(reason.code);
      }
      expect(replay.end(endMs).map(({ nodeId, changes }) => ({ nodeId, changes }))).toStrictEqual(expected);
    }
    expect(standings).toEqual(new Set(['good', 'declining', 'denied']));
    expect([...reasons]).toEqual(expect.arrayContaining([...(REASONS[name] ?? [])]));
  });
});

it('nodes of a replay are independent: a replay of each alone comes to the same', () => {
  const policy = policyOf('everything');
  const endMs = T0 + 260 * STEP_MS;
  const all = new PolicyReplay(policy);
  const alone = new Map(['a', 'b', 'c'].map((nodeId) => [nodeId, new PolicyReplay(policy)]));
  for (const event of eventsFrom(1)) {
    all.take(event);
    for (const [nodeId, replay] of alone)
      if (!('nodeId' in event) || event.nodeId === nodeId) replay.take(event);
  }
  expect([...alone.values()].flatMap((replay) => replay.end(endMs))).toStrictEqual(all.end(endMs));
});

describe('each fold', () => {
  const policies = Object.keys(POLICIES).map(policyOf);

  it.each(SEEDS)('remembers the same, under policies and classes that change (seed %i)', (seed) => {
    const random = seededRandom(seed);
    let [drift, expectedDrift]: (Drift | undefined)[] = [];
    let [watch, expectedWatch]: (Watch | undefined)[] = [];
    let folded = 0;
    for (let at = 0; at < 400; at++) {
      const policy = policies[Math.floor(at / 40) % policies.length] as (typeof policies)[number];
      const className = ['default', 'default', 'lab', 'none'][Math.floor(at / 25) % 4] as string;
      const result = resultOf(random, at, 400);
      drift = nextDrift(policy, drift, result, className);
      expectedDrift = plainDrift(policy, expectedDrift, result, className);
      expect(drift).toStrictEqual(expectedDrift);
      expect(JSON.stringify(drift)).toBe(JSON.stringify(expectedDrift));
      watch = nextWatch(policy, watch, result, className);
      expectedWatch = plainWatch(policy, expectedWatch, result, className);
      expect(watch).toStrictEqual(expectedWatch);
      if (drift !== undefined && watch !== undefined) folded += 1;
    }
    expect(folded).toBeGreaterThan(50);
  });
});
