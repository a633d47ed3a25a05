// Records what changed about a node, and wakes the queries that it concerns.

import type { MembershipIndex, NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import { Slots } from '../keys/slots.ts';
import type { ChangeFeed, ChangeScope } from './change-feed.ts';
import type { Waiters } from './waiters.ts';

export interface TellChangesOptions {
  readonly members: MembershipIndex;
  readonly waiters: Waiters;
  readonly feed: ChangeFeed;
}

export class TellChanges {
  readonly #options: TellChangesOptions;
  /** One for each answer that waits for keys. */
  readonly #cutListeners = new Slots<(node: NodeRecord) => void>();

  constructor(options: TellChangesOptions) {
    this.#options = options;
  }

  /**
   * Call it when the index of members shows the change already.
   *
   * @param examined as in {@link ChangeFeed.record}
   */
  changed(node: NodeRecord, scope: ChangeScope, examined?: NodeId): void {
    const { members, waiters, feed } = this.#options;
    feed.record(node.nodeId, scope, examined);
    if (scope === 'peers' && !members.isIn(node)) for (const tell of this.#cutListeners.all()) tell(node);
    waiters.wakeOne(node.nodeId);
    if (scope === 'self' || scope === 'exams') return;
    for (const peer of members.peersOf(node)) waiters.wakeOne(peer.nodeId);
  }

  /**
   * Calls the listener for every node that goes out from now on.
   *
   * @returns removes the listener; call it once, and in every case
   */
  onCut(listener: (node: NodeRecord) => void): () => void {
    const number = this.#cutListeners.add(listener);
    return () => void this.#cutListeners.take(number);
  }
}
