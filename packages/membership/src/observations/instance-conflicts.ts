// Remembers nodes whose identity two agents used at once. It keeps this in memory only. The running agent
// learns it from its next benchmark answers, the other one because it is refused. The log has at most one
// entry per node and minute.

import type { NodeId } from '@mesh/primitives';

const LOGGED_EVERY_MS = 60_000;
const TOLD_FOR_MS = 300_000;
/** Longer than a refused agent waits before it asks again. */
const REFUSED_FOR_MS = 10_000;

export interface InstanceConflict {
  /** The agent whose query was open. */
  readonly running: string;
  /**
   * The one that was refused; undefined if it named no instance. The same as `running`: two processes have
   * this id, because a machine was copied while its agent ran, and neither is refused.
   */
  readonly refused: string | undefined;
  readonly seenAtMs: number;
}

export class InstanceConflicts {
  readonly #byNode = new Map<NodeId, InstanceConflict & { readonly loggedAtMs: number }>();

  /**
   * @returns whether to log it: a node's first conflict, and the first one a minute or more after one that
   *   was logged
   */
  note(nodeId: NodeId, conflict: InstanceConflict): boolean {
    const last = this.#byNode.get(nodeId);
    const isNews = last === undefined || conflict.seenAtMs - last.loggedAtMs >= LOGGED_EVERY_MS;
    this.#byNode.set(nodeId, { ...conflict, loggedAtMs: isNews ? conflict.seenAtMs : last.loggedAtMs });
    return isNews;
  }

  /** Call it when the node was deleted: another may get its name. */
  forget(nodeId: NodeId): void {
    this.#byNode.delete(nodeId);
  }

  /**
   * Whether this agent was refused a moment ago. Ask this if no agent has a query open: the running one may
   * be between two queries.
   */
  isRefused(nodeId: NodeId, instanceId: string, nowMs: number): boolean {
    const conflict = this.#byNode.get(nodeId);
    if (conflict === undefined || conflict.running === instanceId) return false;
    return conflict.refused === instanceId && nowMs - conflict.seenAtMs < REFUSED_FOR_MS;
  }

  /** The other agent of a recent conflict, if `instanceId` is one of the two. */
  otherThan(
    nodeId: NodeId,
    instanceId: string,
    nowMs: number,
  ): { readonly instanceId: string | undefined; readonly seenAtMs: number } | undefined {
    const conflict = this.#byNode.get(nodeId);
    if (conflict === undefined || nowMs - conflict.seenAtMs > TOLD_FOR_MS) return undefined;
    const { running, refused, seenAtMs } = conflict;
    if (instanceId === running) return { instanceId: refused, seenAtMs };
    return instanceId === refused ? { instanceId: running, seenAtMs } : undefined;
  }
}
