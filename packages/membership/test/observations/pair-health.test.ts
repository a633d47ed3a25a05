import { AppliedReports, freshTotals, pairsOf, tunnelEndOf } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import type { AppliedMessage } from '@mesh/protocol';
import { FIRST_HANDSHAKE_WITHIN_MS, SESSION_LIFETIME_MS } from '@mesh/wg';
import { describe, expect, it } from 'vitest';

const NODE_A = parseNodeId('a');

function report(
  nodeId: string,
  peerId: string,
  sequence: number,
  handshakeAgeMs: number | null,
  epochId = 5,
): AppliedMessage {
  return {
    node_id: nodeId,
    sequence,
    epoch_id: epochId,
    peers: [{ node_id: peerId, epoch_id: epochId, handshake_age_ms: handshakeAgeMs }],
  } as unknown as AppliedMessage;
}

describe('what the controller knows of a pair', () => {
  it('holds the applied epoch at both ends and the handshake age', () => {
    const reports = new AppliedReports();
    reports.take(report('a', 'b', 1, 10_000, 5), 1_000);
    reports.take(report('b', 'a', 1, 10_000, 4), 1_000);
    expect(pairsOf(NODE_A, (id) => reports.of(id), 3_000)).toEqual([
      { peerId: 'b', epochHere: 5, epochThere: 4, handshakeAgeMs: 12_000, suspicion: undefined },
    ]);
  });

  it('suspects a mismatch once a configured pair is overdue at one end, and not before', () => {
    const reports = new AppliedReports();
    const suspicionAt = (nowMs: number) => pairsOf(NODE_A, (id) => reports.of(id), nowMs)[0]?.suspicion;
    reports.take(report('a', 'b', 1, null), 0);
    reports.take(report('b', 'a', 1, null), 0);
    expect(suspicionAt(FIRST_HANDSHAKE_WITHIN_MS)).toBeUndefined();
    expect(suspicionAt(FIRST_HANDSHAKE_WITHIN_MS + 1)).toBe('psk_mismatch');
    reports.take(report('a', 'b', 2, 1_000), 60_000);
    expect(suspicionAt(60_000)).toBeUndefined();
  });

  it('suspects a mismatch when a handshake outlives every session', () => {
    const reports = new AppliedReports();
    for (const sequence of [1, 2]) {
      reports.take(report('a', 'b', sequence, SESSION_LIFETIME_MS + 1), sequence * 40_000);
      reports.take(report('b', 'a', sequence, SESSION_LIFETIME_MS + 1), sequence * 40_000);
    }
    expect(pairsOf(NODE_A, (id) => reports.of(id), 80_000)[0]?.suspicion).toBe('psk_mismatch');
  });

  it('says nothing about a pair whose reports are old, or that the other end does not report', () => {
    const reports = new AppliedReports();
    reports.take(report('a', 'b', 1, null), 0);
    expect(pairsOf(NODE_A, (id) => reports.of(id), 50_000)[0]?.suspicion).toBeUndefined();
    expect(pairsOf(NODE_A, (id) => reports.of(id), 200_000)).toEqual([]);
  });
});

describe('the tunnels of a node together', () => {
  const two = (ages: readonly (number | null)[]) =>
    ({
      ...report('a', 'b', 1, null),
      peers: ages.map((age, at) => ({ node_id: `p${at}`, epoch_id: 5, handshake_age_ms: age })),
    }) as unknown as AppliedMessage;
  const totals = (ages: readonly (number | null)[], nowMs: number) => {
    const reports = new AppliedReports();
    reports.take(two(ages), 1_000);
    return freshTotals(reports.of(NODE_A), nowMs);
  };

  it('are counted, with the oldest handshake as old as it is now', () => {
    expect(totals([9_000, null, 4_000], 3_000)).toEqual({
      ...{ count: 3, withoutHandshake: 1, oldestHandshakeMs: 11_000 },
    });
    expect(totals([null], 3_000)).toEqual({ count: 1, withoutHandshake: 1, oldestHandshakeMs: undefined });
    expect(totals([], 3_000)).toMatchObject({ count: 0, withoutHandshake: 0 });
  });

  it('are unknown, and so is each of them, once the report is older than three intervals', () => {
    expect(totals([1], 101_000)).toBeDefined();
    expect(totals([1], 101_001)).toBeUndefined();
    const reports = new AppliedReports();
    reports.take(report('a', 'b', 1, 2_000), 1_000);
    const end = (nowMs: number) => tunnelEndOf(reports.of(NODE_A), parseNodeId('b'), nowMs);
    expect(end(2_000)).toEqual({ sinceMs: 1_000, epochId: 5, handshakeAgeMs: 3_000, health: 'up' });
    expect(end(101_001)).toBeUndefined();
    expect(tunnelEndOf(reports.of(NODE_A), parseNodeId('c'), 2_000)).toBeUndefined();
  });
});
