// What is true of the mesh. Records are immutable and replaced whole, so that a draft over the committed state
// is a map of replaced records, merged after commit and dropped when the commit fails.

import type { EpochId, IdentityKey, MeshId, NodeId, Sha256Hex } from '@mesh/primitives';
import type { AdvertisedEndpoint, TokenId } from '@mesh/protocol';
import type { Evidence, MembershipState, NodeStatus, Streak } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { AcceptedBenchmark, WgPublicKeys } from '../events/mesh-event.ts';

export interface NodeRecord {
  readonly nodeId: NodeId;
  readonly class: string;
  readonly status: NodeStatus;
  readonly identityKey: IdentityKey;
  readonly wgPublicKeys: WgPublicKeys;
  readonly addresses: readonly IpAddress[];
  readonly endpoint: AdvertisedEndpoint;
  /** The source address that the controller saw last, used where the node advertises none. */
  readonly observedAddress: string | undefined;
  readonly tokenId: TokenId;
  readonly enrolledAtMs: number;
  readonly updatedAtMs: number;
  readonly membership: MembershipState;
  /** The first epoch of the present membership; keys of earlier epochs are not given to it. */
  readonly admittedSince: EpochId | undefined;
  /** The present membership began after a denial. */
  readonly readmitted: boolean;
  readonly latest: AcceptedBenchmark | undefined;
  /** Good results in a row. */
  readonly goodStreak: Streak;
  /** An admitted node within the warning band of its policy, or not out of it for long enough. */
  readonly declining: boolean;
  /** Results outside the band in a row. */
  readonly clearStreak: Streak;
  /** Set between a leave and the next accepted benchmark. */
  readonly left: boolean;
  /** Since when its tunnel has failed by its own reports; undefined: it does not, or not yet for long enough to count. */
  readonly unreachableSinceMs: number | undefined;
  /** Last accepted sequence by kind of message. */
  readonly sequences: { readonly benchmark: number; readonly endpoint: number; readonly leave: number };
  /** From the newest accepted benchmark: what keys are sealed to. */
  readonly kemPublicKey: string | undefined;
  readonly certificate: { readonly serial: string; readonly notAfterMs: number } | undefined;
}

export interface TokenRecord {
  readonly tokenId: TokenId;
  readonly secretHash: Sha256Hex;
  readonly usesLeft: number;
  readonly class: string;
  readonly nodeId: NodeId | undefined;
  readonly expiresAtMs: number;
}

export interface EpochRecord {
  readonly epochId: EpochId;
  readonly activateAtMs: number;
  readonly commitment: string;
}

/** A time in which leases last longer. The newest one counts; it is over when its end has passed. */
export interface MaintenanceWindow {
  /** The officer's request; good once. */
  readonly requestId: string;
  readonly officer: string;
  readonly why: string;
  readonly startedAtMs: number;
  readonly untilMs: number;
}

/** What commands and views may read. */
export interface MeshView {
  readonly meshId: MeshId;
  /** @param nodeId any text, as an operator or a certificate gives it; the record that it finds has the node's id */
  node(nodeId: string): NodeRecord | undefined;
  nodes(): Iterable<NodeRecord>;
  nodeCount(): number;
  token(tokenId: TokenId): TokenRecord | undefined;
  /** Whether an overlay address belongs to any node, past ones included. */
  isAddressTaken(address: IpAddress): boolean;
  /** The newest two epochs, older first. */
  epochs(): readonly EpochRecord[];
  /** The newest window, over or not. */
  maintenance(): MaintenanceWindow | undefined;
  /** Whether an officer's request was carried out before. */
  isRequestSpent(requestId: string): boolean;
}

/** The evidence that a decision on a node rests on. A node that has left is treated as having no benchmark. */
export function evidenceOf(node: NodeRecord): Evidence {
  return {
    status: node.status,
    latest: node.left ? undefined : node.latest,
    membership: node.membership,
    consecutiveGood: node.goodStreak.count,
    declining: node.declining,
    consecutiveClear: node.clearStreak.count,
    unreachableSinceMs: node.unreachableSinceMs,
    className: node.class,
  };
}

/**
 * The epoch whose keys are in force at `nowMs`, and the one that is published but not yet active. Order is that of
 * opening: after a clock that jumped back, an epoch with an earlier activation can follow one with a later.
 */
export function epochsAt(
  view: MeshView,
  nowMs: number,
): { current: EpochRecord | undefined; next: EpochRecord | undefined } {
  const opened = view.epochs();
  const newest = opened.at(-1);
  return {
    current: opened.findLast((epoch) => epoch.activateAtMs <= nowMs),
    next: newest !== undefined && newest.activateAtMs > nowMs ? newest : undefined,
  };
}

/** How many epochs matter: the one in force, or before it, and at most two to come. */
const REMEMBERED_EPOCHS = 3;

/** With a newer epoch, and without those that it replaces: they would begin with it, or later. */
export function withEpoch(opened: readonly EpochRecord[], epoch: EpochRecord): readonly EpochRecord[] {
  const earlier = opened.filter(({ activateAtMs }) => activateAtMs < epoch.activateAtMs);
  return [...earlier, epoch].slice(-REMEMBERED_EPOCHS);
}

/** The id of the newest epoch that was ever opened; 0 before the first. */
export function lastEpochId(view: MeshView): EpochId | 0 {
  return view.epochs().at(-1)?.epochId ?? 0;
}

/** The committed state. Only a draft's merge changes it. */
export class MeshState implements MeshView {
  readonly meshId: MeshId;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #tokens = new Map<TokenId, TokenRecord>();
  readonly #addresses = new Set<IpAddress>();
  #epochs: readonly EpochRecord[] = [];
  readonly #spentRequests = new Set<string>();
  #maintenance: MaintenanceWindow | undefined;

  constructor(meshId: MeshId) {
    this.meshId = meshId;
  }

  node(nodeId: string): NodeRecord | undefined {
    return this.#nodes.get(nodeId);
  }
  nodes(): Iterable<NodeRecord> {
    return this.#nodes.values();
  }
  nodeCount(): number {
    return this.#nodes.size;
  }
  token(tokenId: TokenId): TokenRecord | undefined {
    return this.#tokens.get(tokenId);
  }
  isAddressTaken(address: IpAddress): boolean {
    return this.#addresses.has(address);
  }
  epochs(): readonly EpochRecord[] {
    return this.#epochs;
  }
  maintenance(): MaintenanceWindow | undefined {
    return this.#maintenance;
  }
  isRequestSpent(requestId: string): boolean {
    return this.#spentRequests.has(requestId);
  }

  /** Takes over what a draft changed, or what the store read at the start. */
  merge(changes: StateChanges): void {
    for (const node of changes.nodes) {
      this.#nodes.set(node.nodeId, node);
      for (const address of node.addresses) this.#addresses.add(address);
    }
    for (const token of changes.tokens) this.#tokens.set(token.tokenId, token);
    if (changes.epochs !== undefined) this.#epochs = changes.epochs;
    for (const window of changes.maintenance ?? []) {
      this.#spentRequests.add(window.requestId);
      this.#maintenance = window;
    }
  }
}

export interface StateChanges {
  readonly nodes: Iterable<NodeRecord>;
  readonly tokens: Iterable<TokenRecord>;
  readonly epochs: readonly EpochRecord[] | undefined;
  /** Windows that began or changed, in order. */
  readonly maintenance?: Iterable<MaintenanceWindow>;
}

/** A layer of replaced records over a view: what is true if everything so far commits. */
export class MeshDraft implements MeshView {
  readonly #base: MeshView;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #tokens = new Map<TokenId, TokenRecord>();
  #epochs: readonly EpochRecord[] | undefined;
  readonly #maintenance = new Map<string, MaintenanceWindow>();
  #added = 0;

  constructor(base: MeshView) {
    this.#base = base;
  }

  get meshId(): MeshId {
    return this.#base.meshId;
  }
  node(nodeId: string): NodeRecord | undefined {
    return this.#nodes.get(nodeId) ?? this.#base.node(nodeId);
  }
  *nodes(): Iterable<NodeRecord> {
    for (const node of this.#base.nodes()) yield this.#nodes.get(node.nodeId) ?? node;
    if (this.#added === 0) return;
    for (const node of this.#nodes.values()) if (this.#base.node(node.nodeId) === undefined) yield node;
  }
  nodeCount(): number {
    return this.#base.nodeCount() + this.#added;
  }
  token(tokenId: TokenId): TokenRecord | undefined {
    return this.#tokens.get(tokenId) ?? this.#base.token(tokenId);
  }
  isAddressTaken(address: IpAddress): boolean {
    if (this.#base.isAddressTaken(address)) return true;
    for (const node of this.#nodes.values()) if (node.addresses.includes(address)) return true;
    return false;
  }
  epochs(): readonly EpochRecord[] {
    return this.#epochs ?? this.#base.epochs();
  }
  maintenance(): MaintenanceWindow | undefined {
    return [...this.#maintenance.values()].at(-1) ?? this.#base.maintenance();
  }
  isRequestSpent(requestId: string): boolean {
    return this.#maintenance.has(requestId) || this.#base.isRequestSpent(requestId);
  }

  putNode(node: NodeRecord): void {
    if (this.node(node.nodeId) === undefined) this.#added += 1;
    this.#nodes.set(node.nodeId, node);
  }
  putToken(token: TokenRecord): void {
    this.#tokens.set(token.tokenId, token);
  }
  putEpoch(epoch: EpochRecord): void {
    this.#epochs = withEpoch(this.epochs(), epoch);
  }
  putMaintenance(window: MaintenanceWindow): void {
    this.#maintenance.set(window.requestId, window);
  }

  /** Everything that this layer replaced. */
  changes(): StateChanges {
    return {
      nodes: this.#nodes.values(),
      tokens: this.#tokens.values(),
      epochs: this.#epochs,
      maintenance: this.#maintenance.values(),
    };
  }
  /** Takes over what a draft laid over this one changed. */
  merge(changes: StateChanges): void {
    for (const node of changes.nodes) this.putNode(node);
    for (const token of changes.tokens) this.putToken(token);
    if (changes.epochs !== undefined) this.#epochs = changes.epochs;
    for (const window of changes.maintenance ?? []) this.putMaintenance(window);
  }
}
