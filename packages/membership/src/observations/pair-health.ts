// Finds how both ends of a pair of nodes see it, and what fails at a node. Pure.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { AppliedAnswer, AppliedMessage, Troubles } from '@mesh/protocol';
import { handshakeHealth } from '@mesh/wg';
import type { AppliedReport } from './applied-reports.ts';

/** Reports come every 30 s. One that is older than three intervals says nothing about now. */
const REPORT_IS_FRESH_MS = 100_000;

export interface PairHealth {
  readonly peerId: NodeId;
  /** The epoch whose key this end has set; undefined if it does not say. */
  readonly epochHere: EpochId | undefined;
  /** The same of the other end. */
  readonly epochThere: EpochId | undefined;
  readonly handshakeAgeMs: number | undefined;
  /** `psk_mismatch`: both ends are configured, and no handshake comes although one is overdue. */
  readonly suspicion: 'psk_mismatch' | undefined;
}

/** Every pair that a node reports. `reportOf` gives each node's newest report. */
export function pairsOf(
  nodeId: NodeId,
  reportOf: (nodeId: NodeId) => AppliedReport | undefined,
  nowMs: number,
): PairHealth[] {
  const own = fresh(reportOf(nodeId), nowMs);
  if (own === undefined) return [];
  return [...own.peers].map(([peerId, here]) => {
    const there = fresh(reportOf(peerId), nowMs)?.peers.get(nodeId);
    const ageMs =
      here.handshakeAgeMs === undefined ? undefined : here.handshakeAgeMs + nowMs - own.receivedAtMs;
    const health = handshakeHealth({ handshakeAgeMs: ageMs, configuredForMs: nowMs - here.sinceMs });
    return {
      peerId,
      epochHere: here.epochId,
      epochThere: there?.epochId,
      handshakeAgeMs: ageMs,
      suspicion: health === 'overdue' && there !== undefined ? 'psk_mismatch' : undefined,
    };
  });
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

function fresh(report: AppliedReport | undefined, nowMs: number): AppliedReport | undefined {
  return report !== undefined && nowMs - report.receivedAtMs <= REPORT_IS_FRESH_MS ? report : undefined;
}
