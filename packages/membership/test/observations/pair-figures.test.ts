// What the controller makes of the figures in reports: rates, paths, and when they stop to count.

import { AppliedReports, freshTotals, tunnelEndOf } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { type AppliedMessage, encodePairRows, type PairRow } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';

const A = parseNodeId('a');
const B = parseNodeId('b');
const PROBED = { sent: 20, answered: 18, rttMs: 10, worstRttMs: 50, ageMs: 5_000 };

/** Bytes received and sent, and for how many seconds they have been counted. */
type Count = readonly [received: number, sent: number, forSeconds: number] | undefined;
type Pairs = Readonly<Record<string, { readonly count?: Count; readonly probed?: PairRow['probed'] }>>;

function rowOf({ count, probed }: Pairs[string]): PairRow {
  const [receivedBytes = 0, sentBytes = 0, forSeconds = 0] = count ?? [];
  return {
    traffic: count && { receivedBytes, sentBytes, forMs: forSeconds * 1_000 },
    probed,
  };
}

function message(pairs: Pairs, probeIntervalMs = 10_000): AppliedMessage {
  return {
    node_id: A,
    sequence: 1,
    epoch_id: 5,
    peers: Object.keys(pairs).map((node_id) => ({ node_id, epoch_id: 5, handshake_age_ms: 0 })),
    figures: {
      version: 1,
      probe_interval_ms: probeIntervalMs,
      rows: encodePairRows(Object.values(pairs).map(rowOf)),
    },
  } as unknown as AppliedMessage;
}

/** The rates of the pair with b after each of these reports, at these seconds. */
function ratesAfter(reports: readonly (readonly [atSeconds: number, pairs: Pairs])[]) {
  const applied = new AppliedReports();
  return reports.map(([atSeconds, pairs]) => {
    applied.take(message(pairs), atSeconds * 1_000);
    const rates = tunnelEndOf(applied.of(A), B, atSeconds * 1_000)?.measured?.traffic?.rates;
    return rates && [rates.received, rates.sent, rates.overMs / 1_000];
  });
}

describe('rates', () => {
  it('are what was carried between two reports, by the time between them', () => {
    const reports = [
      [100, { b: { count: [1_000, 500, 60] } }],
      [130, { b: { count: [4_000, 500, 90] } }],
      [150, { b: { count: [4_000, 2_500, 110] } }],
    ] as const;
    expect(ratesAfter(reports)).toEqual([undefined, [100, 0, 30], [0, 100, 20]]);
  });

  it('are kept by a report that comes soon after another, and taken over the whole time by the next', () => {
    const reports = [
      [100, { b: { count: [0, 0, 60] } }],
      [110, { b: { count: [1_000, 0, 70] } }],
      [115, { b: { count: [9_000, 0, 75] } }],
      [130, { b: { count: [11_000, 0, 90] } }],
    ] as const;
    expect(ratesAfter(reports)).toEqual([undefined, [100, 0, 10], [100, 0, 10], [500, 0, 20]]);
  });

  it.each([
    ['received bytes fall', [10, 9_000, 90]],
    ['sent bytes fall', [9_000, 10, 90]],
    ['the count is younger than the report before', [9_000, 9_000, 27]],
    ['nothing is known', undefined],
  ] as const)('begin anew where %s', (_what, count) => {
    const reports = [
      [70, { b: { count: [0, 0, 30] } }],
      [100, { b: { count: [1_000, 1_000, 60] } }],
      [130, { b: { count: count as Count } }],
      [160, { b: { count: [40_000, 40_000, 120] } }],
      [190, { b: { count: [43_000, 40_000, 150] } }],
    ] as const;
    const [, before, broken, , again] = ratesAfter(reports);
    expect(before).toEqual([1_000 / 30, 1_000 / 30, 30]);
    expect(broken).toBeUndefined();
    expect(again).toEqual([100, 0, 30]);
  });

  it('follow a peer whose place in the report changes, and none is made up for a new one', () => {
    const reports = [
      [100, { b: { count: [1_000, 0, 60] }, c: { count: [50_000, 0, 60] } }],
      [120, { c: { count: [60_000, 0, 80] }, b: { count: [3_000, 0, 80] } }],
      [140, { c: { count: [60_000, 0, 80] } }],
      [160, { b: { count: [9_000, 0, 120] } }],
    ] as const;
    expect(ratesAfter(reports)).toEqual([undefined, [100, 0, 20], undefined, undefined]);
  });

  it('are not known of a node that reports no figures, and begin anew after it', () => {
    const applied = new AppliedReports();
    const taken = (figures: object, atMs: number) => {
      applied.take({ ...message({ b: { count: [atMs, 0, 900] } }), ...figures }, atMs);
      return tunnelEndOf(applied.of(A), B, atMs)?.measured;
    };
    expect(taken({}, 10_000)?.traffic?.rates).toBeUndefined();
    expect(taken({}, 40_000)?.traffic?.rates).toMatchObject({ received: 1_000 });
    expect(taken({ figures: undefined }, 70_000)).toBeUndefined();
    expect(taken({}, 100_000)?.traffic?.rates).toBeUndefined();
  });
});

describe('the path of a pair', () => {
  const pathAt = (nowMs: number, probeIntervalMs?: number) => {
    const applied = new AppliedReports();
    applied.take(message({ b: { probed: PROBED } }, probeIntervalMs), 0);
    const end = tunnelEndOf(applied.of(A), B, nowMs);
    return end?.measured?.path;
  };

  it('is as old as its report makes it, and no figure after two intervals of reports or of probes', () => {
    expect(pathAt(0)).toMatchObject({ state: 'measured', rttMs: 10, worstRttMs: 50, ageMs: 5_000 });
    expect(pathAt(0)?.loss).toBeCloseTo(0.1);
    expect(pathAt(55_000)).toMatchObject({ state: 'measured', ageMs: 60_000 });
    expect(pathAt(55_001)).toMatchObject({ state: 'old', rttMs: undefined, loss: undefined });
    expect(pathAt(75_000, 40_000)).toMatchObject({ state: 'measured' });
    expect(pathAt(75_001, 40_000)).toMatchObject({ state: 'old' });
    expect(pathAt(0, 0)).toMatchObject({ state: 'off' });
  });

  it('is not known once the report itself does not count', () => {
    expect(pathAt(100_000, 60_000)).toBeDefined();
    expect(pathAt(100_001, 60_000)).toBeUndefined();
  });
});

describe('all pairs of a node together', () => {
  it('have the sum of the rates, the largest loss and round trip, and how many have no answer', () => {
    const applied = new AppliedReports();
    const silent = { sent: 20, answered: 0, rttMs: undefined, worstRttMs: undefined, ageMs: 0 };
    const pairs = (bytes: number, forSeconds: number): Pairs => ({
      b: { count: [bytes, 0, forSeconds], probed: PROBED },
      c: { count: [bytes, bytes, forSeconds], probed: { ...PROBED, answered: 20, rttMs: 40 } },
      d: { probed: silent },
      e: { probed: { ...PROBED, sent: 3, answered: 1, rttMs: 400, worstRttMs: 400 } },
    });
    applied.take(message(pairs(0, 60)), 0);
    expect(freshTotals(applied.of(A), 0)?.figures).toMatchObject({ received: undefined, sent: undefined });
    applied.take(message(pairs(30_000, 90)), 30_000);
    const { figures } = freshTotals(applied.of(A), 90_000) ?? {};
    expect(figures).toMatchObject({ received: 2_000, sent: 1_000, rttMs: 40, withoutAnswer: 1 });
    expect(figures?.loss).toBeCloseTo(0.1);
    expect(freshTotals(applied.of(A), 90_001)).toMatchObject({ count: 4, figures: undefined });
  });
});
