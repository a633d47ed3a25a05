// A replay leaves out what changes no standing. A fold that leaves nothing out comes to the same.

import {
  type Benchmark,
  type Evidence,
  evaluate,
  NO_STREAK,
  nextClearStreak,
  nextDrift,
  nextStreak,
  nextWatch,
  type Policy,
  PolicyReplay,
  parsePolicy,
} from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/statistics/seeded-random.ts';
import { T0 } from '../support/example-evidence.ts';

const STEP_MS = 30_000;
/** Good for a while, at the edge, bad, and good again. */
const MEANS = [0.95, 0.78, 0.4, 0.9];

function resultsFrom(seed: number): readonly Benchmark[] {
  const random = seededRandom(seed);
  return Array.from({ length: 240 }, (_, at) => {
    const mean = MEANS[Math.floor(at / 60)] as number;
    const graded = Array.from({ length: 50 }, () => Number(random() < mean));
    const atMs = T0 + at * STEP_MS;
    return {
      scores: { overall: graded.reduce((sum, one) => sum + one, 0) / 50 },
      samples: { overall: 50 },
      ...{ measuredAtMs: atMs, arrivedAtMs: atMs, sentAtMs: atMs },
      signals: { latencyMs: 100 + 50 * random() + (mean < 0.8 ? 200 : 0) },
    };
  });
}

type Change = readonly [atMs: number, standing: string, code: string];

function replayed(policy: Policy, results: readonly Benchmark[]): Change[] {
  const replay = new PolicyReplay(policy);
  for (const benchmark of results) {
    const { arrivedAtMs: atMs } = benchmark;
    replay.take({ kind: 'benchmark', nodeId: 'a', atMs, benchmark });
    replay.take({ kind: 'boundary', atMs });
  }
  const [node] = replay.end(results.at(-1)?.arrivedAtMs ?? T0);
  return (node?.changes ?? []).map(({ atMs, standing, reason }) => [atMs, standing, reason.code]);
}

/** Counts every streak, and folds every signal, with each result. */
function folded(policy: Policy, results: readonly Benchmark[]): Change[] {
  const changes: Change[] = [];
  let [good, clear] = [NO_STREAK, NO_STREAK];
  let alarmSpent = false;
  let evidence: Evidence = { status: 'active', membership: 'never', declining: false };
  const standAt = (atMs: number): void => {
    const state = { ...evidence, consecutiveGood: good.count, consecutiveClear: clear.count };
    const { standing, reason } = evaluate(policy, state, atMs);
    const isIn = evidence.membership === 'admitted';
    const declining = standing === 'declining';
    if (standing === 'denied') {
      if (!isIn) return;
      [good, clear] = [NO_STREAK, NO_STREAK];
      alarmSpent ||= reason.code === 'sequential_alarm';
      evidence = { ...evidence, membership: 'denied' };
    } else {
      if (isIn && evidence.declining === declining) return;
      if (declining && !evidence.declining) clear = NO_STREAK;
      evidence = { ...evidence, membership: 'admitted', declining };
    }
    changes.push([atMs, standing, reason.code]);
  };
  for (const received of results) {
    const { latest: previous, membership } = evidence;
    const drift = nextDrift(policy, previous?.drift, received);
    const benchmark = drift === undefined ? received : { ...received, drift };
    const event = { kind: 'benchmark', benchmark, previous: previous ?? undefined } as const;
    good = nextStreak(policy, good, event);
    clear = nextClearStreak(policy, clear, event);
    const watch = nextWatch(policy, alarmSpent ? undefined : evidence.watch, received);
    alarmSpent = false;
    evidence = { ...evidence, latest: benchmark, watch };
    if (membership === 'admitted') standAt(received.arrivedAtMs);
    // At the boundary.
    if (evidence.membership !== 'admitted') standAt(received.arrivedAtMs);
  }
  return changes;
}

const BASE = {
  threshold: 0.7,
  minResultGapMs: 0,
  readmission: { threshold: 0.75, consecutiveGood: 3 },
  declining: { below: 0.8, consecutiveClear: 3 },
};
const SIGNALS = ['ewma', 'cusum', 'level', 'outlier', 'reputation'];
const driftOf = (action: (signal: string) => string) =>
  Object.fromEntries(
    SIGNALS.map((signal) => [
      signal,
      { action: action(signal), ...(signal === 'reputation' ? { halfLifeMs: 3_600_000 } : {}) },
    ]),
  );

describe('a replay comes to what a fold of everything comes to', () => {
  it.each([
    ['points and streaks', {}],
    ['intervals and the alarm', { decision: 'interval', alarm: { promptsPerFalseCut: 10_000 } }],
    ['signals that advise', { drift: driftOf(() => 'advise') }],
    ['signals that put on probation', { drift: driftOf(() => 'probation') }],
    ['signals that make declining', { decision: 'interval', drift: driftOf(() => 'declining') }],
    [
      'one that does, among others',
      { drift: driftOf((name) => (name === 'level' ? 'declining' : 'advise')) },
    ],
  ])('with %s', (_what, over) => {
    const policy = parsePolicy({ ...BASE, ...over });
    for (const seed of [1, 2, 3, 4]) {
      const results = resultsFrom(seed);
      const changes = folded(policy, results);
      expect(new Set(changes.map(([, standing]) => standing))).toEqual(
        new Set(['good', 'declining', 'denied']),
      );
      expect(replayed(policy, results)).toEqual(changes);
    }
  });

  it('finds a signal that makes declining, and no other', () => {
    const codes = (action: string) =>
      replayed(parsePolicy({ ...BASE, drift: driftOf(() => action) }), resultsFrom(1)).map(
        ([, , code]) => code,
      );
    expect(codes('declining')).toContain('drift');
    expect(codes('probation')).not.toContain('drift');
  });
});
