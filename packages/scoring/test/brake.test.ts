// The safety brake as a function: how many nodes one cause may cut, which come first, and what it never
// holds.

import { parseNodeId } from '@mesh/primitives';
import { type BrakeSettings, brake, causesOf, type Reason, type RecentCut, shortfallOf } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { T0 } from './support/example-evidence.ts';

const settings: BrakeSettings = {
  share: 0.2,
  atLeast: 5,
  windowMs: 600_000,
  holdMs: 900_000,
  againAfterMs: 86_400_000,
};
const CAUSE = 'below_threshold overall';
const cuts = (count: number, over: Partial<RecentCut> = {}): RecentCut[] =>
  Array.from({ length: count }, (_, at) => ({
    nodeId: parseNodeId(`cut-${at}`),
    atMs: T0,
    causes: [CAUSE],
    shortfall: 0.3,
    ...over,
  }));
type ReasonOf<Code extends Reason['code']> = Extract<Reason, { readonly code: Code }>;
const SUNK: ReasonOf<'sequential_alarm'> = {
  ...{ code: 'sequential_alarm', metric: 'refusal', asked: 0.75, mean: 0.5 },
  ...{ prompts: 40, evidence: 120, limit: 100 },
};
const FAILED: ReasonOf<'exam_failed'> = {
  ...{ code: 'exam_failed', action: 'deny', by: 'agreeing', examiners: 2, disagree: false },
  ...{ metric: 'refusal', score: 0.5, limit: 0.75 },
  interval: { samples: 20, trials: 20, lower: 0.3, upper: 0.7, confidence: 0.95 },
};
const GAP: ReasonOf<'exam_gap'> = {
  ...{ code: 'exam_gap', action: 'deny', what: 'self', expected: 0.75, found: 0.5 },
  ...{ compared: 20, tolerance: 0.1, evidence: 120, limit: 100 },
};
const MISSING: Reason = { code: 'exam_missing', action: 'deny', maxAgeMs: 1 };
const asked = (recent: readonly RecentCut[], over: object = {}, inMesh = 100, nowMs = T0) =>
  brake(
    settings,
    { admitted: inMesh - recent.length, recent, nowMs },
    { nodeId: parseNodeId('node-x'), causes: [CAUSE], shortfall: 0.3, ...over },
  ).kind;

describe('the brake', () => {
  it.each([
    [10, 3, 'cut'],
    [10, 4, 'hold'],
    [100, 19, 'cut'],
    [100, 20, 'hold'],
    [100, 21, 'hold'],
  ])('in a mesh of %d where one cause has cut %d: %s', (inMesh, already, kind) => {
    expect(asked(cuts(already), {}, inMesh)).toBe(kind);
  });

  it.each([
    [599_999, 'hold'],
    [600_000, 'cut'],
  ])('counts a denial for less than a window: %d ms later, %s', (laterMs, kind) => {
    expect(asked(cuts(20), {}, 100, T0 + laterMs)).toBe(kind);
  });

  it('counts each cause by itself', () => {
    const other = cuts(20, { causes: ['below_floor refusal'] });
    expect(asked(other)).toBe('cut');
    expect(asked([...other, ...cuts(20)], {}, 200)).toBe('cut');
    expect(asked(cuts(20, { causes: ['other', 'policy 2'] }), { causes: [CAUSE, 'policy 2'] })).toBe('hold');
  });

  it('cuts a node that is worse than every one that the cause has cut', () => {
    expect(asked(cuts(20), { shortfall: 0.31 })).toBe('cut');
    expect(
      asked([...cuts(20), ...cuts(1, { nodeId: parseNodeId('worst'), shortfall: 0.5 })], { shortfall: 0.31 }),
    ).toBe('hold');
  });

  it.each([
    [86_399_999, 'cut'],
    [86_400_000, 'hold'],
  ])('holds no node that was held %d ms before: %s', (agoMs, kind) => {
    expect(asked(cuts(20), { heldSinceMs: T0 - agoMs })).toBe(kind);
  });

  it('does not count a node against itself', () => {
    expect(asked([...cuts(19), ...cuts(1, { nodeId: parseNodeId('node-x') })], {}, 101)).toBe('cut');
  });

  it('is off with a share of 1', () => {
    const off = { ...settings, share: 1 };
    const denial = { nodeId: parseNodeId('node-x'), causes: [CAUSE], shortfall: 0.3 };
    expect(brake(off, { admitted: 1, recent: cuts(99), nowMs: T0 }, denial).kind).toBe('cut');
  });

  it('of many denials with one cause lets the worst be cut and not more than the cap', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (shortfalls) => {
          const recent: RecentCut[] = [];
          const held: number[] = [];
          for (const [at, shortfall] of [...shortfalls].sort((a, b) => b - a).entries()) {
            const nodeId = parseNodeId(`n-${at}`);
            const inputs = { admitted: shortfalls.length - recent.length, recent, nowMs: T0 };
            if (brake(settings, inputs, { nodeId, causes: [CAUSE], shortfall }).kind === 'hold')
              held.push(shortfall);
            else recent.push({ nodeId, atMs: T0, causes: [CAUSE], shortfall });
          }
          expect(recent.length).toBe(
            Math.min(shortfalls.length, Math.max(4, Math.floor(0.2 * shortfalls.length))),
          );
          for (const one of held) expect(recent.every(({ shortfall }) => shortfall >= one)).toBe(true);
        },
      ),
    );
  });
});

describe('what the brake counts', () => {
  it.each<[Reason, string[]]>([
    [{ code: 'below_threshold', overall: 0.4, threshold: 0.7 }, ['below_threshold overall']],
    [{ code: 'below_floor', metric: 'refusal', score: 0.4, floor: 0.7 }, ['below_floor refusal']],
    [{ code: 'too_few_samples', metric: 'overall', samples: 1, minimum: 4 }, ['too_few_samples overall']],
    [{ code: 'unscored', metric: 'honesty', fault: 'missing' }, ['unscored honesty']],
    [{ code: 'not_measured_by', measuredBy: 'self', accepted: ['enclave'] }, ['not_measured_by']],
    [{ code: 'unknown_class', className: 'gold' }, ['unknown_class']],
    [SUNK, ['sequential_alarm refusal']],
    [FAILED, ['exam_failed refusal']],
    [GAP, ['exam_gap self']],
    [MISSING, ['exam_missing']],
    [{ code: 'stale', ageMs: 2, maxAgeMs: 1 }, []],
    [{ code: 'revoked' }, []],
    [{ code: 'quarantined' }, []],
    [{ code: 'no_benchmark' }, []],
    [{ code: 'unreachable', failingMs: 2, limitMs: 1 }, []],
    [{ code: 'from_future', against: 'now', aheadMs: 2, toleranceMs: 1 }, []],
  ])('%j counts towards %j, never more for a reason that it must not touch', (reason, causes) => {
    expect(causesOf(reason, {})).toEqual(causes);
    const suspected = causesOf(reason, { newPolicyVersion: 3, newSuiteVersion: 'canary-2' });
    expect(suspected).toEqual(causes.length === 0 ? [] : [...causes, 'policy 3', 'suite canary-2']);
    expect(asked(cuts(20, { causes: ['policy 3'] }), { causes: suspected })).toBe(
      causes.length === 0 ? 'cut' : 'hold',
    );
  });

  it('measures how far a result falls short', () => {
    expect(shortfallOf({ code: 'below_floor', metric: 'refusal', score: 0.5, floor: 0.75 })).toBe(0.25);
    expect(shortfallOf({ code: 'too_few_samples', metric: 'overall', samples: 1, minimum: 4 })).toBe(0.75);
    expect(shortfallOf({ code: 'unscored', metric: 'overall', fault: 'missing' })).toBe(1);
    expect(shortfallOf({ code: 'not_measured_by', measuredBy: 'self', accepted: [] })).toBe(0);
    expect([SUNK, FAILED, GAP, MISSING].map(shortfallOf)).toEqual([0.25, 0.25, 0.25, 0]);
    // Better than what is asked is no shortfall.
    expect(shortfallOf({ ...SUNK, mean: 0.8 })).toBe(0);
    expect(shortfallOf({ ...FAILED, score: 0.8 })).toBe(0);
    expect(shortfallOf({ ...GAP, found: 0.8 })).toBe(0);
  });
});
