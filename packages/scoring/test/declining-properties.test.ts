// Properties of every warning band, for any policy and evidence.

import { evaluate, parsePolicy } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvidence, anyPolicy, anyScore, changedScore } from './support/arbitraries.ts';
import { policyOf, T0 } from './support/example-evidence.ts';

describe('a warning band, for arbitrary policies and evidence', () => {
  const rank = { denied: 0, declining: 1, good: 2 } as const;
  const runs = { numRuns: 2_000 };

  it('has nodes within, below and above it: the other properties are not empty', () => {
    const standings = fc
      .sample(fc.tuple(anyPolicy, anyEvidence), 2_000)
      .map(([policy, evidence]) => evaluate(policy, evidence, T0).standing);
    for (const standing of ['denied', 'declining', 'good'])
      expect(standings.filter((one) => one === standing).length).toBeGreaterThan(20);
  });

  it('allows exactly the nodes that are not denied, and the reason agrees', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, evidence) => {
        const { allowed, standing, reason } = evaluate(policy, evidence, T0);
        expect(allowed).toBe(standing !== 'denied');
        const declines = reason.code.startsWith('declining') || reason.code === 'undecided';
        expect(declines).toBe(standing === 'declining');
      }),
      runs,
    );
  });

  it('does not change who is allowed', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, evidence) => {
        const classes = policy.classes.map(({ declining: _, ...rest }) => rest);
        const plain = parsePolicy({ ...policy, declining: {}, classes });
        const [withBand, without] = [policy, plain].map((one) => evaluate(one, evidence, T0));
        expect(without?.allowed).toBe(withBand?.allowed);
        if (policy.decision === undefined) expect(without?.standing).not.toBe('declining');
      }),
      runs,
    );
  });

  it('never makes a node worse when a score rises', () => {
    fc.assert(
      fc.property(...changedScore, (policy, evidence, to, metric) => {
        const { latest } = evidence;
        const from = latest?.scores[metric];
        // An invalid score denies in any case.
        if (latest === undefined || from === undefined || !(from >= 0 && from <= 1)) return;
        const scores = { ...latest.scores, [metric]: Math.max(from, to) };
        const before = evaluate(policy, evidence, T0).standing;
        const after = evaluate(policy, { ...evidence, latest: { ...latest, scores } }, T0).standing;
        expect(rank[after]).toBeGreaterThanOrEqual(rank[before]);
      }),
      runs,
    );
  });

  it('never makes a node better because it was declining', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, evidence) => {
        const was = evaluate(policy, { ...evidence, declining: true }, T0).standing;
        const wasNot = evaluate(policy, { ...evidence, declining: false }, T0).standing;
        expect(rank[was]).toBeLessThanOrEqual(rank[wasNot]);
      }),
      runs,
    );
  });

  it('never makes a node better when the band reaches higher', () => {
    fc.assert(
      fc.property(anyEvidence, anyScore, anyScore, (evidence, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        if (!(low > 0)) return;
        const policyTo = (below: number) => policyOf({ threshold: 0, declining: { below } });
        const [lower, higher] = [low, high].map((below) => evaluate(policyTo(below), evidence, T0).standing);
        expect(rank[higher ?? 'good']).toBeLessThanOrEqual(rank[lower ?? 'denied']);
      }),
      runs,
    );
  });
});
