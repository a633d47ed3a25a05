// The peers of a report, and what is measured of them, as they are sent: as many as fit into one message.

import { defined, type EpochId, type NodeId } from '@mesh/primitives';
import { type AppliedFigures, encodePairRows, FIGURES_VERSION, type PairRow } from '@mesh/protocol';

export interface AppliedPeer {
  readonly nodeId: NodeId;
  readonly epochId: EpochId | null;
  readonly handshakeAgeMs: number | null;
  /** The slot that this node sends on, if the pair was moved to it. */
  readonly slot?: 'b';
}

/** What is measured of the peers of a report: a row for each, in their order. */
export interface MeasuredPairs {
  /** 0: they are not probed. */
  readonly probeIntervalMs: number;
  readonly rows: readonly PairRow[];
}

/**
 * The limit of the list of peers. An older controller reads 65,536 bytes of a message, and the troubles take
 * up to 4,000 of them.
 */
const MAX_PEERS_BYTES = 60_000;

/** @param count how many peers are sent */
export function wireFigures(figures: MeasuredPairs | undefined, count: number): AppliedFigures | undefined {
  if (figures === undefined || count === 0) return undefined;
  return {
    version: FIGURES_VERSION,
    probe_interval_ms: figures.probeIntervalMs,
    rows: encodePairRows(figures.rows.slice(0, count)),
  };
}

/** The peers as they are sent, as many as fit into one message. */
export function wirePeers(peers: readonly AppliedPeer[]) {
  const wire = peers.map((peer) => ({
    node_id: peer.nodeId,
    epoch_id: peer.epochId,
    handshake_age_ms: peer.handshakeAgeMs,
    ...defined({ slot: peer.slot }),
  }));
  let bytes = 0;
  const firstLeftOut = wire.findIndex((peer) => {
    bytes += JSON.stringify(peer).length + 1;
    return bytes > MAX_PEERS_BYTES;
  });
  return firstLeftOut < 0 ? wire : wire.slice(0, firstLeftOut);
}
