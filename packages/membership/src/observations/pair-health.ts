// Finds how both ends of a pair of nodes see it, and what fails at a node. Pure.

import type { EpochId, NodeId } from '@mesh/primitives';
import { APPLIED_EVERY_MS, type AppliedAnswer, type AppliedMessage, type Troubles } from '@mesh/protocol';
import { type HandshakeHealth, handshakeHealth } from '@mesh/wg';
import type { AppliedReport, TunnelTotals } from './applied-reports.ts';
import { figuresCountForMs, measuredIn, type PairMeasured } from './pair-figures.ts';

/** One that is older than three intervals, and some, says nothing about now. */
export const REPORT_COUNTS_FOR_MS = 3 * APPLIED_EVERY_MS + 10_000;

export interface PairHealth {
  readonly peerId: NodeId;
  /** The epoch whose key this end has set; undefined if it does not say. */
  readonly epochHere: EpochId | undefined;
  /** The same of the other end. */
  readonly epochThere: EpochId | undefined;
  readonly handshakeAgeMs: number | undefined;
  /** `psk_mismatch`: both ends are configured, and no handshake comes although one is overdue. */
  readonly suspicion: 'psk_mismatch' | undefined;
  /** What this end measures; undefined if it does not say. */
  readonly measured: PairMeasured | undefined;
}

/** Every pair that a node reports. `reportOf` gives each node's newest report. */
export function pairsOf(
  nodeId: NodeId,
  reportOf: (nodeId: NodeId) => AppliedReport | undefined,
  nowMs: number,
): PairHealth[] {
  const own = fresh(reportOf(nodeId), nowMs);
  if (own === undefined) return [];
  return [...own.peers.keys()].flatMap((peerId) => {
    const here = tunnelEndOf(own, peerId, nowMs);
    if (here === undefined) return [];
    const there = fresh(reportOf(peerId), nowMs)?.peers.get(nodeId);
    return {
      peerId,
      epochHere: here.epochId,
      epochThere: there?.epochId,
      handshakeAgeMs: here.handshakeAgeMs,
      suspicion: here.health === 'overdue' && there !== undefined ? ('psk_mismatch' as const) : undefined,
      measured: here.measured,
    };
  });
}

/** A tunnel as one of its ends reports it. */
export interface TunnelEnd {
  /** Since when the node has reported it without a break, as far as this process knows. */
  readonly sinceMs: number;
  readonly epochId: EpochId | undefined;
  readonly handshakeAgeMs: number | undefined;
  readonly health: HandshakeHealth;
  /** What this end measures; undefined if it does not say. */
  readonly measured: PairMeasured | undefined;
}

/** @returns undefined if the node does not report this tunnel, or has no recent report */
export function tunnelEndOf(
  report: AppliedReport | undefined,
  peerId: NodeId,
  nowMs: number,
): TunnelEnd | undefined {
  const own = fresh(report, nowMs);
  const here = own?.peers.get(peerId);
  if (own === undefined || here === undefined) return undefined;
  const ageMs =
    here.handshakeAgeMs === undefined ? undefined : here.handshakeAgeMs + nowMs - own.receivedAtMs;
  const { sinceMs, epochId, row } = here;
  const measured = own.figures && measuredIn(own.figures, row, Math.max(0, nowMs - own.receivedAtMs));
  const health = handshakeHealth({ handshakeAgeMs: ageMs, configuredForMs: nowMs - sinceMs });
  return { sinceMs, epochId, handshakeAgeMs: ageMs, health, measured };
}

/** The pairs in a node's report of which the other end reports another epoch, or nothing. */
export function differingEnds(
  { node_id: nodeId, peers }: AppliedMessage,
  reportOf: (nodeId: NodeId) => AppliedReport | undefined,
  nowMs: number,
): NonNullable<AppliedAnswer['differing']> {
  return peers.flatMap(({ node_id, epoch_id: here }) => {
    const there = fresh(reportOf(node_id), nowMs)?.peers.get(nodeId)?.epochId ?? null;
    return there === here ? [] : [{ node_id, epoch_id: there }];
  });
}

/** What the node reports as failing; nothing if its last report is too old to say. */
export function freshTroubles(report: AppliedReport | undefined, nowMs: number): Troubles {
  return fresh(report, nowMs)?.troubles ?? {};
}

/** The tunnels of a node together, aged to now; undefined if its last report is too old to say. */
export function freshTotals(report: AppliedReport | undefined, nowMs: number): TunnelTotals | undefined {
  const own = fresh(report, nowMs);
  if (own === undefined) return undefined;
  const { oldestHandshakeMs: oldest, figures, ...counts } = own.totals;
  const ageMs = nowMs - own.receivedAtMs;
  return {
    ...counts,
    figures: ageMs <= figuresCountForMs(own.figures?.probeIntervalMs ?? 0) ? figures : undefined,
    oldestHandshakeMs: oldest === undefined ? undefined : oldest + ageMs,
  };
}

function fresh(report: AppliedReport | undefined, nowMs: number): AppliedReport | undefined {
  return report !== undefined && nowMs - report.receivedAtMs <= REPORT_COUNTS_FOR_MS ? report : undefined;
}
