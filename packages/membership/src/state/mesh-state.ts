// What is true of the mesh: how it is read, and where it is kept. Records are replaced as a whole, so that a
// change is a map of replaced records.

import type { MeshId, NodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { RecentCut } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { AdminKeyRecord } from './admin-key-record.ts';
import { admittedBy } from './admitted-by.ts';
import { type CaState, NO_CA } from './ca.ts';
import { type ConfigKeyState, ONE_CONFIG_KEY } from './config-keys.ts';
import { type ControllerFacts, NO_FACTS } from './controller-facts.ts';
import { KeysAndAddresses } from './keys-and-addresses.ts';
import { NO_POLICIES, type Policies } from './policies.ts';
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
import { SpentKeys } from './spent-keys.ts';

/** What commands and views may read. */
export interface MeshView {
  readonly meshId: MeshId;
  /**
   * @param nodeId any text, as an operator or a certificate gives it: the record that it finds has the node's
   *   id
   */
  node(nodeId: string): NodeRecord | undefined;
  nodes(): Iterable<NodeRecord>;
  nodeCount(): number;
  token(tokenId: TokenId): TokenRecord | undefined;
  tokens(): Iterable<TokenRecord>;
  /** Whether an overlay address belongs to a node. */
  isAddressTaken(address: IpAddress): boolean;
  /** Whether the address of a deleted node is held back at `nowMs`, because others may still know it. */
  isAddressHeld(address: IpAddress, nowMs: number): boolean;
  /** Every node that was deleted, the oldest first. A name can come more than once, and be in use again. */
  deletedNodes(): Iterable<DeletedNode>;
  /** The node that has a public key (base64), as its identity key or in a slot. */
  nodeWithKey(publicKey: string): NodeId | undefined;
  /** Whether a public key (base64) is one that no node may have again. */
  isKeySpent(publicKey: string): boolean;
  /** The newest epochs, three at most, the oldest first. */
  epochs(): readonly EpochRecord[];
  /** The policy in force and the one that waits. */
  policies(): Policies;
  /** Denials that the brake counts; some are older than its window. */
  recentCuts(): readonly RecentCut[];
  /** How many nodes are admitted. */
  admittedCount(): number;
  /** The newest window, over or not. */
  maintenance(): MaintenanceWindow | undefined;
  /** Whether an officer's request for planned work was carried out before. */
  isRequestSpent(requestId: string): boolean;
  /** Undefined as long as no officers were ever set. */
  officers(): OfficerSet | undefined;
  /** A request that officers have signed, spent or not; undefined if it is unknown or forgotten. */
  officerRequest(requestId: string): RequestRecord | undefined;
  officerRequests(): Iterable<RequestRecord>;
  /** A class that was revoked at some time; undefined if it never was. */
  class(name: string): ClassRecord | undefined;
  classes(): Iterable<ClassRecord>;
  /** @param keyId any text, as a caller gives it */
  adminKey(keyId: string): AdminKeyRecord | undefined;
  /** Every API key that was ever made. */
  adminKeys(): Iterable<AdminKeyRecord>;
  /** The mesh's CA, and the one that is to take its place. */
  ca(): CaState;
  controllerFacts(): ControllerFacts;
  /** The keys that sign configs. */
  configKeys(): ConfigKeyState;
}

export interface StateChanges {
  readonly nodes: Iterable<NodeRecord>;
  readonly tokens: Iterable<TokenRecord>;
  readonly epochs: readonly EpochRecord[] | undefined;
  /** Windows that began or changed, in order. */
  readonly maintenance?: Iterable<MaintenanceWindow>;
  readonly officers?: OfficerSet | undefined;
  readonly requests?: Iterable<RequestRecord>;
  readonly classes?: Iterable<ClassRecord>;
  readonly adminKeys?: Iterable<AdminKeyRecord>;
  /** Absent if no policy changed. */
  readonly policies?: Policies;
  /** Absent if the brake has nothing new to count. */
  readonly recentCuts?: readonly RecentCut[];
  /** They go before `nodes` come: one of these may have the name of a deleted one. */
  readonly deleted?: Iterable<DeletedNode>;
  readonly spentKeys?: Iterable<SpentKey>;
  /** Absent if nothing about the CA changed. */
  readonly ca?: CaState;
  /** Absent if none of them changed. */
  readonly controllerFacts?: ControllerFacts;
  /** Absent if nothing about the config keys changed. */
  readonly configKeys?: ConfigKeyState;
  /** For the store alone: the state in memory holds no details of the log. */
  readonly erasures?: readonly ErasureRecord[];
}

/** The committed state. Only `merge` changes it. */
export class MeshState implements MeshView {
  readonly meshId: MeshId;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #tokens = new Map<TokenId, TokenRecord>();
  readonly #taken = new KeysAndAddresses();
  readonly #spentKeys = new SpentKeys();
  readonly #deleted: DeletedNode[] = [];
  #epochs: readonly EpochRecord[] = [];
  #policies: Policies = NO_POLICIES;
  #recentCuts: readonly RecentCut[] = [];
  #admitted = 0;
  #ca: CaState = NO_CA;
  #facts: ControllerFacts = NO_FACTS;
  #configKeys: ConfigKeyState = ONE_CONFIG_KEY;
  readonly #spentRequests = new Set<string>();
  #maintenance: MaintenanceWindow | undefined;
  #officers: OfficerSet | undefined;
  readonly #requests = new Map<string, RequestRecord>();
  readonly #classes = new Map<string, ClassRecord>();
  readonly #adminKeys = new Map<string, AdminKeyRecord>();

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
    return this.#epochs;
  }
  policies(): Policies {
    return this.#policies;
  }
  recentCuts(): readonly RecentCut[] {
    return this.#recentCuts;
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
    return this.#officers;
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
    return this.#ca;
  }
  controllerFacts(): ControllerFacts {
    return this.#facts;
  }
  configKeys(): ConfigKeyState {
    return this.#configKeys;
  }
  adminKey(keyId: string): AdminKeyRecord | undefined {
    return this.#adminKeys.get(keyId);
  }
  adminKeys(): Iterable<AdminKeyRecord> {
    return this.#adminKeys.values();
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
    if (changes.epochs !== undefined) this.#epochs = changes.epochs;
    if (changes.policies !== undefined) this.#policies = changes.policies;
    if (changes.ca !== undefined) this.#ca = changes.ca;
    if (changes.controllerFacts !== undefined) this.#facts = changes.controllerFacts;
    if (changes.configKeys !== undefined) this.#configKeys = changes.configKeys;
    if (changes.recentCuts !== undefined) this.#recentCuts = changes.recentCuts;
    for (const window of changes.maintenance ?? []) {
      this.#spentRequests.add(window.requestId);
      this.#maintenance = window;
    }
    for (const record of changes.classes ?? []) this.#classes.set(record.name, record);
    if (changes.officers !== undefined) this.#officers = changes.officers;
    for (const record of changes.requests ?? []) {
      const { request_id: requestId } = record.request;
      if (record.status === 'dropped') this.#requests.delete(requestId);
      else this.#requests.set(requestId, record);
    }
    for (const key of changes.adminKeys ?? []) this.#adminKeys.set(key.keyId, key);
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
