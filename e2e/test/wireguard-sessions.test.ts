// Which sessions count as outliving their epoch.
import { describe, expect, it } from 'vitest';
import { type SessionSighting, sessionsBeyond } from '../lab/index.ts';

const T = 1_000_000;
const WINDOW = { fromMs: T - 4_000, boundaryMs: T, toMs: T + 4_000, graceMs: 2_000, marginMs: 250 };
const seen = (
  receiverIndex: number,
  afterMs: number,
  beforeMs: number,
  kind: SessionSighting['kind'] = 'data',
): SessionSighting => ({
  from: '10.0.0.1',
  to: '10.0.0.2',
  port: 51_820,
  receiverIndex,
  kind,
  packets: 1,
  afterMs: T + afterMs,
  beforeMs: T + beforeMs,
});

describe('a session that carried data before a boundary', () => {
  it.each([
    ['is silent after it', [], false],
    ['is used up to the grace', [seen(1, 1_900, 2_000)], false],
    ['may have been used after the grace', [seen(1, 1_900, 2_001)], true],
    ['is used long after', [seen(1, 3_000, 3_100)], true],
    ['sends a keepalive after the grace', [seen(1, 2_500, 2_600, 'keepalive')], true],
    ['is used after what is looked at', [seen(1, 4_001, 4_101)], false],
    ['has a successor', [seen(2, 100, 200), seen(2, 3_000, 3_100)], false],
  ])('and %s: outlives it is %s', (_how, later, outlives) => {
    const { carriers, surviving } = sessionsBeyond([seen(1, -1_000, -900), ...later], WINDOW);
    expect(carriers).toBe(1);
    expect(surviving).toHaveLength(outlives ? 1 : 0);
  });

  it.each([
    ['a keepalive before it', seen(1, -1_000, -900, 'keepalive')],
    ['data that may have come at the boundary itself', seen(1, -300, -200)],
    ['data long before', seen(1, -5_000, -4_900)],
  ])('is not one with only %s', (_what, sighting) => {
    expect(sessionsBeyond([sighting, seen(1, 3_000, 3_100)], WINDOW).carriers).toBe(0);
  });
});
