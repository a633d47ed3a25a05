// Makes the PSK worker encapsulate ahead of a boundary, to the newest key of every node that will get keys
// then. This does not happen when a key arrives, because a node sends several keys between two boundaries,
// and the work for all but the last would be wasted. The worker gets a few nodes at a time, and their keys
// are read only then. So its queue stays short, and the newest key is used.

import { LogField, type Logger } from '@mesh/host';
import type { MeshEvent, MeshView, NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { PskDeriver } from '../keys/psk-deriver.ts';

/** Some 40 ms of the worker's idle time. */
const BATCH = 32;
/** Twice what one encapsulation and the reading of its key take. */
const MS_PER_NODE = 3;
const MARGIN_MS = 2_000;

/** How long before a freeze the work begins; at most half of the time until the freeze. */
export function prepareWindowMs(nodes: number, untilFreezeMs: number): number {
  return Math.min(untilFreezeMs / 2, MARGIN_MS + nodes * MS_PER_NODE);
}

export interface PrepareAheadOptions {
  readonly view: MeshView;
  /** Whether a node is cut by a denial that is not on disk yet. */
  readonly isCut: (nodeId: NodeId) => boolean;
  readonly deriver: Pick<PskDeriver, 'prepare'>;
  readonly logger: Logger;
}

export class PrepareAhead {
  readonly #options: PrepareAheadOptions;
  /** Nodes that still have to be prepared. */
  readonly #waiting = new Set<NodeId>();
  #hasBegun = false;
  #isRunning = false;

  constructor(options: PrepareAheadOptions) {
    this.#options = options;
  }

  /**
   * Begins preparing. Resolves when every node is prepared, when an epoch is opened before that, or when
   * preparing fails; at once if an earlier call is still at it.
   */
  begin(): Promise<void> {
    this.#hasBegun = true;
    for (const { nodeId } of this.#options.view.nodes()) this.#waiting.add(nodeId);
    return this.#run();
  }

  onCommit(events: readonly MeshEvent[]): void {
    if (!this.#hasBegun) return;
    for (const event of events) {
      if (event.type === 'epoch_opened') {
        this.#hasBegun = false;
        this.#waiting.clear();
        return;
      }
      if (event.type === 'benchmark_accepted') this.#waiting.add(event.nodeId);
    }
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#waiting.size > 0) await this.#options.deriver.prepare(this.#take());
    } catch (error) {
      // Nothing is lost: what was not made ahead is made when it is needed.
      this.#options.logger.debug({ [LogField.error]: error }, 'nothing was encapsulated ahead');
    } finally {
      this.#isRunning = false;
    }
  }

  #take(): { nodeId: NodeId; kemPublicKey: string }[] {
    const batch: { nodeId: NodeId; kemPublicKey: string }[] = [];
    for (const nodeId of this.#waiting) {
      if (batch.length === BATCH) break;
      this.#waiting.delete(nodeId);
      const node = this.#options.view.node(nodeId);
      if (node?.kemPublicKey !== undefined && this.#expectsKeys(node))
        batch.push({ nodeId, kemPublicKey: node.kemPublicKey });
    }
    return batch;
  }

  /** Nothing is prepared for a denied node: it rarely comes back, and its denial must cause no work. */
  #expectsKeys({ nodeId, status, membership }: NodeRecord): boolean {
    return status === 'active' && membership !== 'denied' && !this.#options.isCut(nodeId);
  }
}
