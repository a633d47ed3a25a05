// What an answer to a config query costs its node. Every request is charged when it arrives. A blocking query
// that only waited, or that is told its news for the first time, gets its charge back, since agents send such
// queries all the time. A query that was charged to the reserve is answered only with news that was not told
// before, since a removal may be in it, or, where it blocks, with an answer that has no keys.

import type { MeshView, NodeRecord, Standing } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { News } from '../../publish/find-news.ts';
import type { Publication } from '../../publish/publication.ts';
import type { WakeReason } from '../../publish/waiters.ts';
import type { Arrival } from '../gate/arrivals.ts';

export interface AnswerPricePorts {
  readonly view: MeshView;
  readonly standing: (node: NodeRecord) => Standing;
  readonly publication: Publication;
}

export interface PricedQuery {
  readonly nodeId: NodeId;
  readonly arrival: Arrival;
  readonly news: News;
  /** Whether the query may wait for news. */
  readonly isBlocking: boolean;
  /** How its wait ended; undefined: it did not wait. */
  readonly woken: WakeReason | 'timeout' | undefined;
  readonly hasHungUp: boolean;
}

/** To be called when the news is told: whether all of it was, or only its removals. */
export type Settle = (isToldInFull: boolean) => void;

export class AnswerPrices {
  readonly #ports: AnswerPricePorts;
  /** The newest version that each node has been given. */
  readonly #given = new Map<NodeId, string>();

  constructor(ports: AnswerPricePorts) {
    this.#ports = ports;
  }

  /** @throws ProblemError `rate_limited` when the reserve does not serve this answer */
  charge({ nodeId, arrival, news, isBlocking, woken, hasHungUp }: PricedQuery): Settle {
    const version = this.#ports.publication.currentVersion();
    const isNew = news.kind !== 'none' && this.#given.get(nodeId) !== version;
    // The reserve also serves news that was not told before: a removal may be in it.
    if (!isNew && !(isBlocking && this.#bringsNoKeys(news))) arrival.refuseReserve();
    // The query has waited its whole time, or until there was news. A caller that hangs up has done neither.
    if (woken === 'timeout' ? !hasHungUp : woken === 'changed' && news.kind !== 'none') arrival.giveBack();
    if (news.kind !== 'none') this.#given.set(nodeId, version);
    return (isToldInFull) => {
      if (!isToldInFull) this.#given.delete(nodeId);
      else if (isBlocking && isNew) arrival.giveBack();
    };
  }

  /**
   * Whether there is no news, or nothing but removals. Nobody gets keys, or everything, as often as it likes.
   */
  #bringsNoKeys(news: News): boolean {
    if (news.kind !== 'difference') return news.kind === 'none';
    const { view, standing } = this.#ports;
    const isIn = (nodeId: NodeId) => {
      const node = view.node(nodeId);
      return node !== undefined && standing(node).allowed;
    };
    return !news.newEpoch && news.limited.length === 0 && !news.changed.some(isIn);
  }
}
