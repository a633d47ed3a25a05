// What a config says of each peer of its node.

import { type NodeRecord, type PairLimits, type ProbationPeer, peerView } from '@mesh/membership';
import type { ConfigPeer } from '@mesh/protocol';
import type { ExamRule } from '@mesh/scoring';
import type { Cidr } from '@mesh/wg';
import type { AgentAbilities } from './agent-abilities.ts';
import type { Version } from './change-feed.ts';
import type { SlotMoves } from './slot-moves.ts';

export interface PeerViewsOptions {
  readonly pairLimits: PairLimits;
  readonly slotMoves: Pick<SlotMoves, 'between'>;
  /** Endpoints within these networks are not published. */
  readonly overlayNetworks: readonly Cidr[];
  /** What the policy in force says of exams. */
  readonly examRule: () => ExamRule | undefined;
}

export class PeerViews {
  readonly #options: PeerViewsOptions;

  constructor(options: PeerViewsOptions) {
    this.#options = options;
  }

  ordinary(
    node: NodeRecord,
    peer: NodeRecord,
    { epochId }: Version,
    { movesSlots }: AgentAbilities,
  ): ConfigPeer {
    const { pairLimits, overlayNetworks, slotMoves } = this.#options;
    const view = peerView(peer, pairLimits.between(node, peer, epochId), overlayNetworks);
    const use = movesSlots ? slotMoves.between(node, peer) : undefined;
    return use === undefined ? view : { ...view, use_slot_b: use };
  }

  /** The limit is the lowest of the policy's for probation tunnels and of what both ends have anyway. */
  probation(node: NodeRecord, { peer, examined, port }: ProbationPeer, { epochId }: Version): ConfigPeer {
    const { pairLimits, overlayNetworks, examRule } = this.#options;
    const limits = [pairLimits.between(node, peer, epochId), examRule()?.tunnelBitsPerSecond];
    const limit = Math.min(...limits.filter((bits) => bits !== undefined));
    return { ...peerView(peer, limit, overlayNetworks), service_port: port, service_of: examined };
  }
}
