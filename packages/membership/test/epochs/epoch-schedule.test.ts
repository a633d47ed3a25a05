// Boundaries on the wall clock, the lead before them, and epochs outside the schedule.

import {
  epochTiming,
  expiryOf,
  nextEpochId,
  planBoundary,
  planImmediate,
  StalenessQueue,
} from '@mesh/membership';
import { parseEpochId, parseNodeId } from '@mesh/primitives';
import { slotOfEpoch } from '@mesh/wg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const MINUTES = epochTiming(60_000, 'in_place');
const STRICT_MINUTES = epochTiming(60_000, 'strict');
const opened = (...epochs: [id: number, activateAtMs: number][]) =>
  epochs.map(([id, activateAtMs]) => ({ epochId: parseEpochId(id), activateAtMs }));

describe('the lead', () => {
  it.each([
    [60_000, 5_000],
    [20_001, 5_000],
    [20_000, 5_000],
    [19_996, 4_999],
    [4_000, 1_000],
    [1_000, 250],
  ])('of an epoch of %d ms is %d ms', (epochMs, expected) => {
    expect(epochTiming(epochMs, 'in_place')).toMatchObject({ epochMs, leadMs: expected });
  });
  it.each([
    [60_000, 20_000],
    [40_001, 20_000],
    [40_000, 20_000],
    [39_998, 19_999],
    [8_000, 4_000],
    [4_000, 2_000],
  ])('of an epoch of %d ms in strict rotation is %d ms', (epochMs, expected) => {
    expect(epochTiming(epochMs, 'strict')).toMatchObject({ epochMs, leadMs: expected });
  });
});

describe('the next boundary, epochs of 60 s', () => {
  it.each([
    [0, 55_000, 60_000],
    [54_999, 55_000, 60_000],
    [55_000, 55_000, 60_000],
    [55_001, 115_000, 120_000],
    [60_000, 115_000, 120_000],
  ])('seen at %d: freeze at %d for %d', (nowMs, freezeAtMs, activateAtMs) => {
    expect(planBoundary(nowMs, MINUTES, 0)).toEqual({ freezeAtMs, activateAtMs });
  });
  it('is not frozen before the epoch that is pending has begun', () => {
    expect(planBoundary(10_000, MINUTES, 60_000).freezeAtMs).toBe(115_000);
    expect(planBoundary(10_000, MINUTES, 55_000).freezeAtMs).toBe(55_000);
    expect(planBoundary(10_000, MINUTES, 55_001).freezeAtMs).toBe(115_000);
  });
  it('is always on a boundary, one lead after a freeze that is not in the past', () => {
    fc.assert(
      fc.property(
        fc.nat(1e12),
        fc.integer({ min: 1, max: 86_400 }),
        fc.nat(1e6),
        fc.constantFrom('in_place' as const, 'strict' as const),
        (nowMs, seconds, pending, rotation) => {
          const epochMs = seconds * 1000;
          const timing = epochTiming(epochMs, rotation);
          const last = nowMs - 500_000 + pending;
          const plan = planBoundary(nowMs, timing, last);
          expect(plan.activateAtMs % epochMs).toBe(0);
          expect(plan.activateAtMs - plan.freezeAtMs).toBe(timing.leadMs);
          expect(plan.freezeAtMs).toBeGreaterThanOrEqual(Math.max(nowMs, last));
          expect(plan.freezeAtMs).toBeLessThan(Math.max(nowMs, last) + epochMs);
        },
      ),
    );
  });
});

describe('an epoch outside the schedule', () => {
  it('is in force one lead from now, and ends at the next boundary that leaves a lead', () => {
    expect(planImmediate(1_000, MINUTES, [])).toEqual({ freezeAtMs: 1_000, activateAtMs: 6_000 });
    expect(planImmediate(1_000, MINUTES, opened([7, 4_000]))).toEqual({
      freezeAtMs: 1_000,
      activateAtMs: 6_000,
    });
    expect(expiryOf(6_000, MINUTES)).toBe(60_000);
    expect(expiryOf(55_000, MINUTES)).toBe(60_000);
    expect(expiryOf(55_001, MINUTES)).toBe(120_000);
    expect(expiryOf(60_000, MINUTES)).toBe(120_000);
  });
});

describe('an epoch outside the schedule, in strict rotation', () => {
  it.each([
    ['nothing is pending', opened([7, 0]), 21_000, 8],
    ['one is pending, which agents will go to', opened([7, 0], [8, 5_000]), 25_000, 9],
    ['one is pending whose slot nobody fills yet', opened([7, 0], [8, 16_000]), 16_000, 10],
    ['one is pending whose slot is filled from now on', opened([7, 0], [8, 15_999]), 35_999, 9],
    ['it was started twice within a lead', opened([7, 0], [8, 5_000], [9, 25_000]), 25_000, 11],
    ['the pending one is so far off that it is replaced', opened([7, 0], [8, 3_600_000]), 21_000, 10],
  ])('when %s', (_when, before, activateAtMs, epochId) => {
    const plan = planImmediate(1_000, STRICT_MINUTES, before);
    expect(plan).toEqual({ freezeAtMs: 1_000, activateAtMs });
    expect(nextEpochId(before, plan.activateAtMs, STRICT_MINUTES)).toBe(epochId);
  });
  it('never uses the slot that carries traffic, and begins within one epoch, however often it is ordered', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 600 }),
        fc.array(fc.nat(30_000), { minLength: 1, maxLength: 12 }),
        (seconds, pauses) => {
          const timing = epochTiming(seconds * 1000, 'strict');
          const history = opened([1, 0]);
          let nowMs = 0;
          for (const pause of pauses) {
            nowMs += pause;
            const { activateAtMs } = planImmediate(nowMs, timing, history);
            const epochId = nextEpochId(history, activateAtMs, timing);
            const carries = history.findLast((epoch) => epoch.activateAtMs < activateAtMs);
            expect(epochId).toBeGreaterThan(history.at(-1)?.epochId ?? 0);
            expect(carries && slotOfEpoch(carries.epochId)).not.toBe(slotOfEpoch(epochId));
            expect(activateAtMs - nowMs).toBeGreaterThanOrEqual((3 / 4) * timing.leadMs);
            expect(activateAtMs - nowMs).toBeLessThanOrEqual(timing.epochMs);
            history.push({ epochId, activateAtMs });
          }
        },
      ),
    );
  });
  it('skips no id in place', () => {
    expect(nextEpochId(opened([7, 0], [8, 3_600_000]), 6_000, MINUTES)).toBe(9);
    expect(nextEpochId(opened([7, 0], [8, 3_600_000]), 6_000, STRICT_MINUTES)).toBe(10);
  });
});

describe('the queue of nodes that turn stale', () => {
  it('gives every node back exactly when it is due, in any order of arrival', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...[...'abcdefgh'].map(parseNodeId)), fc.nat(1000))),
        fc.nat(1000),
        (notes, nowMs) => {
          const queue = new StalenessQueue();
          for (const [nodeId, atMs] of notes) queue.push(nodeId, atMs);
          const due = notes.filter(([, atMs]) => atMs <= nowMs);
          expect(new Set(queue.popDue(nowMs))).toEqual(new Set(due.map(([nodeId]) => nodeId)));
          const rest = notes.filter(([, atMs]) => atMs > nowMs).map(([, atMs]) => atMs);
          expect(queue.nextAtMs()).toBe(rest.length === 0 ? undefined : Math.min(...rest));
        },
      ),
    );
  });
});
