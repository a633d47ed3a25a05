// Tells what changed since a version. It keeps a bounded list of changes, and a counter that only rises. A
// version is the newest epoch id and the counter. Every start of the controller opens a higher epoch, so no
// version is published twice.

import type { EpochId, NodeId } from '@mesh/primitives';

export interface Version {
  /** 0 before the first epoch. */
  readonly epochId: EpochId | 0;
  readonly counter: number;
}

/** A version as a node names it. It has the right form, but the controller may never have published it. */
export interface NamedVersion {
  readonly epochId: number;
  readonly counter: number;
}

/**
 * `self`: only the node's own config changed. `peers`: the configs of all its peers changed, too. `limits`:
 * the limits of its pairs changed, at both ends and without a new key. `exams`: only what the node is to do
 * as an examiner changed, perhaps with a probation tunnel.
 */
export type ChangeScope = 'self' | 'peers' | 'limits' | 'exams';

/** A change of the lease concerns every node. */
const EVERYBODY = { nodeId: undefined, scope: 'lease' } as const;

type Change =
  | { readonly nodeId: NodeId; readonly scope: ChangeScope; readonly examined: NodeId | undefined }
  | typeof EVERYBODY;

/** The nodes that changed since a version, by how. A node can be in several sets. */
export interface ChangedNodes {
  /** Nodes of which only the own config changed. */
  readonly selves: ReadonlySet<NodeId>;
  /** Nodes that came, went or changed for their peers, too. */
  readonly peers: ReadonlySet<NodeId>;
  readonly limits: ReadonlySet<NodeId>;
  /** Examiners, each with the other ends of its probation tunnels that came, went or changed. */
  readonly exams: ReadonlyMap<NodeId, ReadonlySet<NodeId>>;
  readonly isLeaseChanged: boolean;
}

export interface ChangesSince {
  /** Whether the node itself changed, so that a difference is not enough. Then nothing else is told. */
  readonly hasChangedItself: boolean;
  readonly isLeaseChanged: boolean;
  /** Whether the limits of all its pairs changed. */
  readonly areOwnLimitsChanged: boolean;
  readonly areExamsChanged: boolean;
  /** The other ends of the node's probation tunnels that came, went or changed. */
  readonly tunnels: readonly NodeId[];
  /** Nodes that came, went or changed, each once. The caller drops those that are not peers of its node. */
  readonly peers: readonly NodeId[];
  /** Nodes of which only the pair limits changed, each once. */
  readonly limits: readonly NodeId[];
}

const CHANGED_ITSELF: ChangesSince = {
  hasChangedItself: true,
  isLeaseChanged: false,
  areOwnLimitsChanged: false,
  areExamsChanged: false,
  tunnels: [],
  peers: [],
  limits: [],
};

export function formatVersion({ epochId, counter }: NamedVersion): string {
  return `${epochId}.${counter}`;
}

/** @returns undefined for a text that is not a version */
export function parseVersion(text: string): NamedVersion | undefined {
  const parts = /^(\d{1,16})\.(\d{1,16})$/.exec(text);
  return parts === null ? undefined : { epochId: Number(parts[1]), counter: Number(parts[2]) };
}

/** Nodes ask mostly about a few versions. Each answer that is kept may name thousands of nodes. */
const MAX_ASKED = 16;

const NO_CLASSES: ReadonlySet<string> = new Set();

export class ChangeFeed {
  readonly #capacity: number;
  #changes: Change[] = [];
  /** The counter at the change before `#changes[0]`. */
  #base: number;
  /** What was asked since the last change, by counter: many nodes ask about the same version. */
  readonly #asked = new Map<number, ChangedNodes>();
  /** The counter at each node's last change of its own config. */
  readonly #ownAt = new Map<NodeId, number>();

  /** The classes that nodes had before: their peers then may still have to be told of a change. */
  readonly #formerClasses = new Map<NodeId, ReadonlySet<string>>();

  /** @param start the first value of the counter, for example the size of the log */
  constructor(start: number, capacity = 65_536) {
    this.#base = start;
    this.#capacity = capacity;
  }

  get counter(): number {
    return this.#base + this.#changes.length;
  }

  /** Call it when a node has another class than before, or was deleted. */
  noteFormerClass(nodeId: NodeId, className: string): void {
    this.#formerClasses.set(nodeId, new Set([...this.formerClassesOf(nodeId), className]));
  }

  /** The classes that nodes of this name had before, since the start. */
  formerClassesOf(nodeId: NodeId): ReadonlySet<string> {
    return this.#formerClasses.get(nodeId) ?? NO_CLASSES;
  }

  /** @param examined the other end of a probation tunnel that came, went or changed for an examiner */
  record(nodeId: NodeId, scope: ChangeScope, examined?: NodeId): void {
    this.#push({ nodeId, scope, examined });
    if (scope === 'self' || scope === 'peers') this.#ownAt.set(nodeId, this.counter);
  }

  /** Leases last longer or shorter from now on. */
  recordLease(): void {
    this.#push(EVERYBODY);
  }

  #push(change: Change): void {
    this.#changes.push(change);
    this.#asked.clear();
    if (this.#changes.length < 2 * this.#capacity) return;
    this.#base += this.#changes.length - this.#capacity;
    this.#changes = this.#changes.slice(-this.#capacity);
  }

  /**
   * @returns undefined if the changes since `counter` are no longer remembered, or if the counter has not
   *   reached it
   */
  nodesSince(counter: number): ChangedNodes | undefined {
    if (counter < this.#base || counter > this.counter) return undefined;
    let asked = this.#asked.get(counter);
    if (asked === undefined) {
      asked = this.#collect(counter);
      if (this.#asked.size >= MAX_ASKED) this.#asked.clear();
      this.#asked.set(counter, asked);
    }
    return asked;
  }

  /** What changed for one node; undefined as with `nodesSince`. */
  since(counter: number, nodeId: NodeId): ChangesSince | undefined {
    const changed = this.nodesSince(counter);
    if (changed === undefined) return undefined;
    // Such a node needs everything, whatever else changed. When thousands are admitted at once, each of them
    // would copy the changes of all others.
    if ((this.#ownAt.get(nodeId) ?? 0) > counter) return CHANGED_ITSELF;
    const { peers, limits, exams, isLeaseChanged } = changed;
    return {
      hasChangedItself: false,
      isLeaseChanged,
      areOwnLimitsChanged: limits.has(nodeId),
      areExamsChanged: exams.has(nodeId),
      tunnels: [...(exams.get(nodeId) ?? [])],
      peers: [...peers],
      limits: [...limits].filter((id) => id !== nodeId && !peers.has(id)),
    };
  }

  #collect(counter: number): ChangedNodes {
    const sets = { self: new Set<NodeId>(), peers: new Set<NodeId>(), limits: new Set<NodeId>() };
    const exams = new Map<NodeId, Set<NodeId>>();
    let isLeaseChanged = false;
    for (let at = counter - this.#base; at < this.#changes.length; at++) {
      const change = this.#changes[at];
      if (change === undefined) continue;
      if (change.scope === 'lease') isLeaseChanged = true;
      else if (change.scope === 'exams') {
        const { nodeId, examined } = change;
        const ends = exams.get(nodeId) ?? new Set();
        exams.set(nodeId, examined === undefined ? ends : ends.add(examined));
      } else sets[change.scope].add(change.nodeId);
    }
    return { selves: sets.self, peers: sets.peers, limits: sets.limits, exams, isLeaseChanged };
  }
}
