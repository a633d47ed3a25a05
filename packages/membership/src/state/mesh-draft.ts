// A layer over what is true, in which commands' events are tried out. It is merged after the commit, and
// dropped when the commit fails.

import type { MeshId, NodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { RecentCut } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { AdminKeyRecord } from './admin-key-record.ts';
import { admittedBy } from './admitted-by.ts';
import type { CaState } from './ca.ts';
import type { ConfigKeyState } from './config-keys.ts';
import type { ControllerFacts } from './controller-facts.ts';
import { ExamsDraft } from './exams-draft.ts';
import { hasKey, KeysAndAddresses } from './keys-and-addresses.ts';
import { layered } from './layered.ts';
import type { LogKeyState } from './log-keys.ts';
import { isHeld } from './mesh-state.ts';
import type { MeshView, StateChanges } from './mesh-view.ts';
import { withEpoch } from './opened-epochs.ts';
import { type Policies, type PolicyRecord, withPolicy } from './policies.ts';
import { withCut } from './recent-cuts.ts';
import type {
  ClassRecord,
  DeletedNode,
  EpochRecord,
  ErasureRecord,
  MaintenanceWindow,
  NodeRecord,
  OfficerSet,
  RequestRecord,
  SpentKey,
  TokenRecord,
} from './records.ts';
import { replacedBy, type SingleRecords } from './single-records.ts';
import { SpentKeys } from './spent-keys.ts';

/** A layer of replaced records over a view: what is true if everything so far commits. */
export class MeshDraft implements MeshView {
  readonly #base: MeshView;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #tokens = new Map<TokenId, TokenRecord>();
  /** By the nodes whose keys or addresses this layer changed. */
  readonly #taken = new KeysAndAddresses();
  #singles: Partial<SingleRecords> = {};
  #admitted = 0;
  readonly #maintenance = new Map<string, MaintenanceWindow>();
  readonly #requests = new Map<string, RequestRecord>();
  readonly #classes = new Map<string, ClassRecord>();
  readonly #adminKeys = new Map<string, AdminKeyRecord>();
  readonly #spentKeys = new SpentKeys();
  readonly #deleted: DeletedNode[] = [];
  /** The nodes of the base that this layer deleted, and whose names no new node has. */
  readonly #gone = new Set<string>();
  #added = 0;
  readonly #erasures: ErasureRecord[] = [];

  readonly #exams: ExamsDraft;

  constructor(base: MeshView) {
    this.#base = base;
    this.#exams = new ExamsDraft(base.exams());
  }

  get meshId(): MeshId {
    return this.#base.meshId;
  }
  node(nodeId: string): NodeRecord | undefined {
    return this.#nodes.get(nodeId) ?? (this.#gone.has(nodeId) ? undefined : this.#base.node(nodeId));
  }
  *nodes(): Iterable<NodeRecord> {
    for (const node of this.#base.nodes())
      if (!this.#gone.has(node.nodeId)) yield this.#nodes.get(node.nodeId) ?? node;
    if (this.#added === 0) return;
    for (const node of this.#nodes.values()) if (this.#base.node(node.nodeId) === undefined) yield node;
  }
  nodeCount(): number {
    return this.#base.nodeCount() + this.#added - this.#gone.size;
  }
  token(tokenId: TokenId): TokenRecord | undefined {
    return this.#tokens.get(tokenId) ?? this.#base.token(tokenId);
  }
  tokens(): Iterable<TokenRecord> {
    return layered(this.#base.tokens(), this.#tokens, ({ tokenId }) => tokenId);
  }
  /**
   * An address that a node of the base has given up in this layer counts as taken until the layer is merged.
   */
  isAddressTaken(address: IpAddress): boolean {
    return this.#taken.nodeWithAddress(address) !== undefined || this.#base.isAddressTaken(address);
  }
  isAddressHeld(address: IpAddress, nowMs: number): boolean {
    return isHeld(this.#deleted, address, nowMs) || this.#base.isAddressHeld(address, nowMs);
  }
  *deletedNodes(): Iterable<DeletedNode> {
    yield* this.#base.deletedNodes();
    yield* this.#deleted;
  }
  nodeWithKey(publicKey: string): NodeId | undefined {
    const nodeId = this.#taken.nodeWithKey(publicKey) ?? this.#base.nodeWithKey(publicKey);
    return nodeId !== undefined && hasKey(this.node(nodeId), publicKey) ? nodeId : undefined;
  }
  isKeySpent(publicKey: string): boolean {
    return this.#spentKeys.has(publicKey) || this.#base.isKeySpent(publicKey);
  }
  epochs(): readonly EpochRecord[] {
    return this.#singles.epochs ?? this.#base.epochs();
  }
  policies(): Policies {
    return this.#singles.policies ?? this.#base.policies();
  }
  recentCuts(): readonly RecentCut[] {
    return this.#singles.recentCuts ?? this.#base.recentCuts();
  }
  admittedCount(): number {
    return this.#base.admittedCount() + this.#admitted;
  }
  maintenance(): MaintenanceWindow | undefined {
    return [...this.#maintenance.values()].at(-1) ?? this.#base.maintenance();
  }
  isRequestSpent(requestId: string): boolean {
    return this.#maintenance.has(requestId) || this.#base.isRequestSpent(requestId);
  }
  officers(): OfficerSet | undefined {
    return this.#singles.officers ?? this.#base.officers();
  }
  officerRequest(requestId: string): RequestRecord | undefined {
    const replaced = this.#requests.get(requestId);
    if (replaced === undefined) return this.#base.officerRequest(requestId);
    return replaced.status === 'dropped' ? undefined : replaced;
  }
  class(name: string): ClassRecord | undefined {
    return this.#classes.get(name) ?? this.#base.class(name);
  }
  classes(): Iterable<ClassRecord> {
    return layered(this.#base.classes(), this.#classes, ({ name }) => name);
  }
  *officerRequests(): Iterable<RequestRecord> {
    const base = this.#base.officerRequests();
    for (const record of layered(base, this.#requests, ({ request }) => request.request_id))
      if (record.status !== 'dropped') yield record;
  }
  ca(): CaState {
    return this.#singles.ca ?? this.#base.ca();
  }
  controllerFacts(): ControllerFacts {
    return this.#singles.controllerFacts ?? this.#base.controllerFacts();
  }
  configKeys(): ConfigKeyState {
    return this.#singles.configKeys ?? this.#base.configKeys();
  }
  logKeys(): LogKeyState {
    return this.#singles.logKeys ?? this.#base.logKeys();
  }
  adminKey(keyId: string): AdminKeyRecord | undefined {
    return this.#adminKeys.get(keyId) ?? this.#base.adminKey(keyId);
  }
  adminKeys(): Iterable<AdminKeyRecord> {
    return layered<string, AdminKeyRecord>(this.#base.adminKeys(), this.#adminKeys, ({ keyId }) => keyId);
  }
  exams(): ExamsDraft {
    return this.#exams;
  }

  /** Replaces records of which there is one each. */
  put(records: Partial<SingleRecords>): void {
    this.#singles = { ...this.#singles, ...records };
  }
  putNode(node: NodeRecord): void {
    const before = this.node(node.nodeId);
    this.#admitted += admittedBy(before, node);
    if (before === undefined && !this.#gone.delete(node.nodeId)) this.#added += 1;
    this.#taken.replace(before, node);
    this.#nodes.set(node.nodeId, node);
  }
  deleteNode(deleted: DeletedNode): void {
    const { nodeId } = deleted;
    this.#admitted += admittedBy(this.node(nodeId), undefined);
    const node = this.#nodes.get(nodeId);
    if (node !== undefined) this.#taken.remove(node);
    this.#nodes.delete(nodeId);
    if (this.#base.node(nodeId) === undefined) this.#added -= 1;
    else this.#gone.add(nodeId);
    this.#deleted.push(deleted);
  }
  spendKeys(keys: Iterable<SpentKey>): void {
    for (const key of keys) this.#spentKeys.add(key);
  }
  putToken(token: TokenRecord): void {
    this.#tokens.set(token.tokenId, token);
  }
  putEpoch(epoch: EpochRecord): void {
    this.put({ epochs: withEpoch(this.epochs(), epoch) });
  }
  putPolicy(record: PolicyRecord): void {
    this.put({ policies: withPolicy(this.policies(), record) });
  }
  putCut(cut: RecentCut): void {
    this.put({ recentCuts: withCut(this.recentCuts(), cut) });
  }
  putMaintenance(window: MaintenanceWindow): void {
    this.#maintenance.set(window.requestId, window);
  }
  putClass(record: ClassRecord): void {
    this.#classes.set(record.name, record);
  }
  putRequest(record: RequestRecord): void {
    this.#requests.set(record.request.request_id, record);
  }
  putAdminKey(key: AdminKeyRecord): void {
    this.#adminKeys.set(key.keyId, key);
  }
  putErasure(erasure: ErasureRecord): void {
    this.#erasures.push(erasure);
  }

  /** Everything that this layer replaced. */
  changes(): StateChanges {
    return {
      ...this.#singles,
      epochs: this.#singles.epochs,
      nodes: this.#nodes.values(),
      tokens: this.#tokens.values(),
      maintenance: this.#maintenance.values(),
      requests: this.#requests.values(),
      classes: this.#classes.values(),
      adminKeys: this.#adminKeys.values(),
      exams: this.#exams.changes(),
      erasures: this.#erasures,
      deleted: this.#deleted,
      spentKeys: this.#spentKeys.all(),
    };
  }
  /** Takes over the changes of a draft over this one. */
  merge(changes: StateChanges): void {
    for (const deleted of changes.deleted ?? []) this.deleteNode(deleted);
    this.spendKeys(changes.spentKeys ?? []);
    for (const node of changes.nodes) this.putNode(node);
    for (const token of changes.tokens) this.putToken(token);
    for (const window of changes.maintenance ?? []) this.putMaintenance(window);
    for (const record of changes.requests ?? []) this.putRequest(record);
    for (const record of changes.classes ?? []) this.putClass(record);
    for (const key of changes.adminKeys ?? []) this.putAdminKey(key);
    if (changes.exams !== undefined) this.#exams.merge(changes.exams);
    this.put(replacedBy(changes));
    this.#erasures.push(...(changes.erasures ?? []));
  }
}
