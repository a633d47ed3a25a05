// Decides what the answer to a config query costs its node. Every request is charged when it arrives. A
// blocking query gets its charge back if it only waited or if it brings news for the first time, because
// agents send such queries all the time. A query that was charged to the reserve gets two kinds of answer
// only: news that the node has not been given before, because a removal may be in it; and, if it is a
// blocking query, an answer without keys.

import type { MeshView, NodeRecord, Standing } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { News } from '../../publish/find-news.ts';
import type { Publication } from '../../publish/publication.ts';
import type { WakeReason } from '../../publish/waiters.ts';
import type { Arrival } from '../gate/arrivals.ts';

export interface AnswerCostPorts {
  readonly view: MeshView;
  readonly standing: (node: NodeRecord) => Standing;
  readonly publication: Publication;
}

export interface ChargedQuery {
  readonly nodeId: NodeId;
  readonly arrival: Arrival;
  readonly news: News;
  /** Whether the query may wait for news. */
  readonly isBlocking: boolean;
  /** How its wait ended; undefined if it did not wait. */
  readonly woken: WakeReason | 'timeout' | undefined;
  readonly hasHungUp: boolean;
}

/** Call it when the answer is made, with whether it holds all of the news or only the removals. */
export type Settle = (isToldInFull: boolean) => void;

export class AnswerCosts {
  readonly #ports: AnswerCostPorts;
  /** The newest version that each node has been given. */
  readonly #given = new Map<NodeId, string>();

  constructor(ports: AnswerCostPorts) {
    this.#ports = ports;
  }

  /** @throws ProblemError `rate_limited` when the reserve must not pay for this answer */
  charge({ nodeId, arrival, news, isBlocking, woken, hasHungUp }: ChargedQuery): Settle {
    const version = this.#ports.publication.currentVersion();
    const isNew = news.kind !== 'none' && this.#given.get(nodeId) !== version;
    // The reserve also pays for news that the node has not been given before: a removal may be in it.
    if (!isNew && !(isBlocking && this.#bringsNoKeys(news))) arrival.refuseReserve();
    // The query waited its whole time or until there was news. A caller that hung up did neither.
    if (woken === 'timeout' ? !hasHungUp : woken === 'changed' && news.kind !== 'none') arrival.giveBack();
    if (news.kind !== 'none') this.#given.set(nodeId, version);
    return (isToldInFull) => {
      if (!isToldInFull) this.#given.delete(nodeId);
      else if (isBlocking && isNew) arrival.giveBack();
    };
  }

  /**
   * Whether there is no news, or only removals. Answers with keys, and whole configs, must not be free.
   */
  #bringsNoKeys(news: News): boolean {
    if (news.kind !== 'difference') return news.kind === 'none';
    const { view, standing } = this.#ports;
    const isIn = (nodeId: NodeId) => {
      const node = view.node(nodeId);
      return node !== undefined && standing(node).allowed;
    };
    return !news.isNewEpoch && news.limited.length === 0 && !news.changed.some(isIn);
  }
}
