// What is true of the mesh, in memory. Records are replaced as a whole.

import type { MeshId, NodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { RecentCut } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { AdminKeyRecord } from './admin-key-record.ts';
import { admittedBy } from './admitted-by.ts';
import type { CaState } from './ca.ts';
import type { ConfigKeyState } from './config-keys.ts';
import type { ControllerFacts } from './controller-facts.ts';
import { ExamsState } from './exams-state.ts';
import type { ExamsView } from './exams-view.ts';
import { KeysAndAddresses } from './keys-and-addresses.ts';
import type { LogKeyState } from './log-keys.ts';
import type { MeshView, StateChanges } from './mesh-view.ts';
import type { Policies } from './policies.ts';
import type {
  ClassRecord,
  DeletedNode,
  EpochRecord,
  MaintenanceWindow,
  NodeRecord,
  OfficerSet,
  RequestRecord,
  TokenRecord,
} from './records.ts';
import { FIRST_RECORDS, replacedBy, type SingleRecords } from './single-records.ts';
import { SpentKeys } from './spent-keys.ts';

/** The committed state. Only `merge` changes it. */
export class MeshState implements MeshView {
  readonly meshId: MeshId;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #tokens = new Map<TokenId, TokenRecord>();
  readonly #taken = new KeysAndAddresses();
  readonly #spentKeys = new SpentKeys();
  readonly #deleted: DeletedNode[] = [];
  #singles: SingleRecords = FIRST_RECORDS;
  #admitted = 0;
  readonly #spentRequests = new Set<string>();
  #maintenance: MaintenanceWindow | undefined;
  readonly #requests = new Map<string, RequestRecord>();
  readonly #classes = new Map<string, ClassRecord>();
  readonly #adminKeys = new Map<string, AdminKeyRecord>();
  readonly #exams = new ExamsState();

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
  tokens(): Iterable<TokenRecord> {
    return this.#tokens.values();
  }
  isAddressTaken(address: IpAddress): boolean {
    return this.#taken.nodeWithAddress(address) !== undefined;
  }
  isAddressHeld(address: IpAddress, nowMs: number): boolean {
    return isHeld(this.#deleted, address, nowMs);
  }
  deletedNodes(): Iterable<DeletedNode> {
    return this.#deleted;
  }
  nodeWithKey(publicKey: string): NodeId | undefined {
    return this.#taken.nodeWithKey(publicKey);
  }
  isKeySpent(publicKey: string): boolean {
    return this.#spentKeys.has(publicKey);
  }
  epochs(): readonly EpochRecord[] {
    return this.#singles.epochs;
  }
  policies(): Policies {
    return this.#singles.policies;
  }
  recentCuts(): readonly RecentCut[] {
    return this.#singles.recentCuts;
  }
  admittedCount(): number {
    return this.#admitted;
  }
  maintenance(): MaintenanceWindow | undefined {
    return this.#maintenance;
  }
  isRequestSpent(requestId: string): boolean {
    return this.#spentRequests.has(requestId);
  }
  officers(): OfficerSet | undefined {
    return this.#singles.officers;
  }
  officerRequest(requestId: string): RequestRecord | undefined {
    return this.#requests.get(requestId);
  }
  officerRequests(): Iterable<RequestRecord> {
    return this.#requests.values();
  }
  class(name: string): ClassRecord | undefined {
    return this.#classes.get(name);
  }
  classes(): Iterable<ClassRecord> {
    return this.#classes.values();
  }
  ca(): CaState {
    return this.#singles.ca;
  }
  controllerFacts(): ControllerFacts {
    return this.#singles.controllerFacts;
  }
  configKeys(): ConfigKeyState {
    return this.#singles.configKeys;
  }
  logKeys(): LogKeyState {
    return this.#singles.logKeys;
  }
  adminKey(keyId: string): AdminKeyRecord | undefined {
    return this.#adminKeys.get(keyId);
  }
  adminKeys(): Iterable<AdminKeyRecord> {
    return this.#adminKeys.values();
  }
  exams(): ExamsView {
    return this.#exams;
  }

  /** Takes over what a draft changed, or what the store read at the start. */
  merge(changes: StateChanges): void {
    for (const deleted of changes.deleted ?? []) this.#delete(deleted);
    for (const key of changes.spentKeys ?? []) this.#spentKeys.add(key);
    for (const node of changes.nodes) {
      const before = this.#nodes.get(node.nodeId);
      this.#admitted += admittedBy(before, node);
      this.#taken.replace(before, node);
      this.#nodes.set(node.nodeId, node);
    }
    for (const token of changes.tokens) this.#tokens.set(token.tokenId, token);
    this.#singles = { ...this.#singles, ...replacedBy(changes) };
    for (const window of changes.maintenance ?? []) {
      this.#spentRequests.add(window.requestId);
      this.#maintenance = window;
    }
    for (const record of changes.classes ?? []) this.#classes.set(record.name, record);
    for (const record of changes.requests ?? []) {
      const { request_id: requestId } = record.request;
      if (record.status === 'dropped') this.#requests.delete(requestId);
      else this.#requests.set(requestId, record);
    }
    for (const key of changes.adminKeys ?? []) this.#adminKeys.set(key.keyId, key);
    if (changes.exams !== undefined) this.#exams.merge(changes.exams);
  }

  #delete(deleted: DeletedNode): void {
    const node = this.#nodes.get(deleted.nodeId);
    if (node !== undefined) this.#taken.remove(node);
    // It may have been revoked and deleted in one transaction.
    this.#admitted += admittedBy(node, undefined);
    this.#nodes.delete(deleted.nodeId);
    this.#deleted.push(deleted);
  }
}

/** Whether one of the deleted nodes still holds the address back. */
export function isHeld(deleted: readonly DeletedNode[], address: IpAddress, nowMs: number): boolean {
  return deleted.some(({ addresses, heldUntilMs }) => nowMs < heldUntilMs && addresses.includes(address));
}
