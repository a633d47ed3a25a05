// Which nodes are within the warning band: by overall, by metric, by class.

import { parseNodeId } from '@mesh/primitives';
import { canDecline, decideMesh } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import {
  band,
  benchmarkOf,
  evidenceOf,
  judged,
  policyOf,
  T0,
  ulpAbove,
  ulpBelow,
} from './support/example-evidence.ts';

describe('the warning band of overall', () => {
  it.each([
    [0, 'denied'],
    [ulpBelow(0.5), 'denied'],
    [0.5, 'declining'],
    [ulpAbove(0.5), 'declining'],
    [ulpBelow(0.7), 'declining'],
    [0.7, 'good'],
    [ulpAbove(0.7), 'good'],
    [1, 'good'],
  ])('at %d a node is %s', (overall, standing) => {
    for (const membership of ['admitted', 'never', 'denied'] as const)
      expect(judged(band, { overall }, { membership })).toMatchObject({
        standing,
        allowed: standing !== 'denied',
      });
  });

  it('that reaches to 1 leaves only 1 above it', () => {
    const policy = policyOf({ threshold: 0.5, declining: { below: 1 } });
    expect(judged(policy, { overall: ulpBelow(1) }).standing).toBe('declining');
    expect(judged(policy, { overall: 1 }).standing).toBe('good');
  });

  it('says which score is below what', () => {
    expect(judged(band, { overall: 0.6 }).reason).toEqual({
      code: 'declining',
      metric: 'overall',
      score: 0.6,
      below: 0.7,
    });
  });

  it('comes before waived staleness: a late node is not in good standing for that', () => {
    const evidence = evidenceOf({
      membership: 'admitted',
      latest: benchmarkOf({ scores: { overall: 0.6 } }),
    });
    const question = { kind: 'instant', policy: band, nowMs: T0 + 200_000, stalenessWaived: true } as const;
    const nodeId = parseNodeId('a');
    const decision = decideMesh({ ...question, nodes: [{ nodeId, evidence }] }).get(nodeId);
    expect(decision).toMatchObject({ allowed: true, standing: 'declining', reason: { code: 'declining' } });
  });

  it('lets no node in at once: a node that is out waits for the boundary', () => {
    const nodeId = parseNodeId('a');
    const evidence = evidenceOf({ membership: 'denied', latest: benchmarkOf({ scores: { overall: 0.6 } }) });
    const question = { policy: band, nodes: [{ nodeId, evidence }], nowMs: T0, stalenessWaived: false };
    expect(decideMesh({ ...question, kind: 'instant' }).get(nodeId)).toEqual({
      allowed: false,
      standing: 'denied',
      class: 'default',
      reason: { code: 'waits_for_boundary', overall: 0.6, threshold: 0.5 },
    });
    expect(decideMesh({ ...question, kind: 'freeze' }).get(nodeId)?.standing).toBe('declining');
  });
});

describe('the warning band of a metric', () => {
  const policy = policyOf({
    threshold: 0.5,
    floors: { refusal: 0.6, honesty: 0 },
    declining: { floors: { refusal: 0.8, honesty: 0.3 } },
  });

  it.each([
    [ulpBelow(0.6), 'denied'],
    [0.6, 'declining'],
    [ulpBelow(0.8), 'declining'],
    [0.8, 'good'],
  ])('at %d a node is %s', (refusal, standing) => {
    expect(judged(policy, { overall: 0.9, refusal, honesty: 1 }).standing).toBe(standing);
  });

  it('names the metric that is missed by most', () => {
    expect(judged(policy, { overall: 0.9, refusal: 0.7, honesty: 0.1 }).reason).toEqual({
      code: 'declining',
      metric: 'honesty',
      score: 0.1,
      below: 0.3,
    });
  });

  it('cannot be left by leaving the metric out', () => {
    expect(judged(policy, { overall: 0.9, refusal: 0.9 })).toMatchObject({
      standing: 'denied',
      reason: { code: 'unscored', metric: 'honesty' },
    });
  });
});

describe('the warning band of a class', () => {
  const policy = policyOf({
    threshold: 0.5,
    floors: { refusal: 0.2 },
    declining: { below: 0.7, floors: { refusal: 0.4 } },
    classes: [
      { name: 'same' },
      { name: 'vault', threshold: 0.8, declining: { below: 0.9 } },
      { name: 'lab', declining: { below: 0, floors: { refusal: 0 } } },
    ],
  });

  it.each([
    ['default', 0.6, 0.5, 'declining'],
    ['same', 0.6, 0.5, 'declining'],
    ['same', 0.7, 0.3, 'declining'],
    ['vault', 0.85, 0.5, 'declining'],
    ['vault', 0.9, 0.3, 'declining'],
    ['vault', 0.9, 0.5, 'good'],
    ['lab', 0.5, 0.2, 'good'],
  ])('%s, overall %d and refusal %d: %s', (className, overall, refusal, standing) => {
    expect(judged(policy, { overall, refusal }, { className }).standing).toBe(standing);
  });

  it('is enough for the policy to have one', () => {
    expect(canDecline(policyOf())).toBe(false);
    expect(canDecline(policy)).toBe(true);
    expect(canDecline(policyOf({ classes: [{ name: 'a', declining: { below: 0.8 } }] }))).toBe(true);
    expect(canDecline(policyOf({ classes: [{ name: 'a', declining: { below: 0 } }] }))).toBe(false);
    const floors = policyOf({ floors: { refusal: 0.5 }, declining: { floors: { refusal: 0.6 } } });
    expect(canDecline(floors)).toBe(true);
  });
});
