// Keeps what nodes report of their own tunnels: which epoch's keys are set, how old the handshakes are, what
// fails. Reports are kept in memory only; after a restart nodes report again within half a minute. One
// decision rests on them: a policy can deny a node whose tunnel fails for too long
// (commands/note-reachability.ts). That decision is journalled.

import type { EpochId, NodeId } from '@mesh/primitives';
import type { AppliedMessage, Trouble, Troubles } from '@mesh/protocol';
import { type FigureTotals, figuresIn, type ReportedFigures, totalFigures } from './pair-figures.ts';

export interface PeerReport {
  /** The epoch whose key the node has set for this pair; undefined if it does not know. */
  readonly epochId: EpochId | undefined;
  /** At the time of the report; undefined if there was no handshake. */
  readonly handshakeAgeMs: number | undefined;
  /** Since when the node has reported this pair without a break. */
  readonly sinceMs: number;
  /** The slot that the node sends on, if the pair was moved to it. */
  readonly slot: 'b' | undefined;
  /** Its place in the report. */
  readonly row: number;
}

/** All tunnels of a report together. */
export interface TunnelTotals {
  readonly count: number;
  /** How many of them have had no handshake. */
  readonly withoutHandshake: number;
  /** At the time of the report; undefined if there was none. */
  readonly oldestHandshakeMs: number | undefined;
  /** At the time of the report; undefined if it has no figures. */
  readonly figures: FigureTotals | undefined;
}

export interface FailingTunnel {
  /** When the first report of the unbroken run of reports that say so arrived. */
  readonly sinceMs: number;
  /** From the newest report. */
  readonly trouble: Trouble;
}

export interface AppliedReport {
  readonly receivedAtMs: number;
  readonly sequence: number;
  /** Undefined if the node has no epoch yet. */
  readonly epochId: EpochId | undefined;
  readonly peers: ReadonlyMap<NodeId, PeerReport>;
  /** Counted once, so that lists of nodes need not look at every pair. */
  readonly totals: TunnelTotals;
  readonly troubles: Troubles;
  readonly failingTunnel: FailingTunnel | undefined;
  /** What the node measures of its pairs; undefined if it does not say. */
  readonly figures: ReportedFigures | undefined;
}

export class AppliedReports {
  readonly #byNode = new Map<NodeId, AppliedReport>();
  readonly #listeners: ((nodeId: NodeId) => void)[] = [];

  /** Calls back after each report. */
  onTaken(listener: (nodeId: NodeId) => void): void {
    this.#listeners.push(listener);
  }

  /** @param message whose sequence the caller has checked */
  take(message: AppliedMessage, nowMs: number): void {
    const last = this.#byNode.get(message.node_id);
    const peers = message.peers.map((peer, row): [NodeId, PeerReport] => [
      peer.node_id,
      {
        epochId: peer.epoch_id ?? undefined,
        handshakeAgeMs: peer.handshake_age_ms ?? undefined,
        sinceMs: last?.peers.get(peer.node_id)?.sinceMs ?? nowMs,
        slot: peer.slot,
        row,
      },
    ]);
    const { tunnel } = message.troubles ?? {};
    const rates = last?.figures?.rates;
    const earlier = rates && { rates, rowOf: (peerId: NodeId) => last?.peers.get(peerId)?.row };
    const figures = figuresIn(message, earlier, nowMs);
    this.#byNode.set(message.node_id, {
      receivedAtMs: nowMs,
      sequence: message.sequence,
      epochId: message.epoch_id ?? undefined,
      peers: new Map(peers),
      totals: totalsOf(message.peers, figures),
      troubles: message.troubles ?? {},
      failingTunnel: tunnel && { sinceMs: last?.failingTunnel?.sinceMs ?? nowMs, trouble: tunnel },
      figures,
    });
    for (const heard of this.#listeners) heard(message.node_id);
  }

  /** After an operator's reset: later reports may have any sequence above `to`. */
  lowerSequence(nodeId: NodeId, to: number): void {
    const last = this.#byNode.get(nodeId);
    if (last !== undefined && last.sequence > to) this.#byNode.set(nodeId, { ...last, sequence: to });
  }

  /** Call it when the node was deleted: another may get its name. */
  forget(nodeId: NodeId): void {
    this.#byNode.delete(nodeId);
  }

  of(nodeId: NodeId): AppliedReport | undefined {
    return this.#byNode.get(nodeId);
  }
}

function totalsOf(peers: AppliedMessage['peers'], figures: ReportedFigures | undefined): TunnelTotals {
  let withoutHandshake = 0;
  let oldestHandshakeMs: number | undefined;
  for (const { handshake_age_ms: ageMs } of peers) {
    if (ageMs === null) withoutHandshake += 1;
    else oldestHandshakeMs = Math.max(oldestHandshakeMs ?? 0, ageMs);
  }
  return {
    ...{ count: peers.length, withoutHandshake, oldestHandshakeMs },
    figures: figures && totalFigures(figures),
  };
}
