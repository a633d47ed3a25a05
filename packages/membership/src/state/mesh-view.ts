// How what is true of the mesh is read, and what a change of it is: a list of records that replace others as
// a whole.

import type { MeshId, NodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { RecentCut } from '@mesh/scoring';
import type { IpAddress } from '@mesh/wg';
import type { AdminKeyRecord } from './admin-key-record.ts';
import type { CaState } from './ca.ts';
import type { ConfigKeyState } from './config-keys.ts';
import type { ControllerFacts } from './controller-facts.ts';
import type { ExamChanges, ExamsView } from './exams-view.ts';
import type { LogKeyState } from './log-keys.ts';
import type { Policies } from './policies.ts';
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
  /** The keys that sign the log's heads. */
  logKeys(): LogKeyState;
  exams(): ExamsView;
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
  /** Absent if nothing about the log's keys changed. */
  readonly logKeys?: LogKeyState;
  /** Absent if nothing about exams changed. */
  readonly exams?: ExamChanges;
  /** For the store alone: the state in memory holds no details of the log. */
  readonly erasures?: readonly ErasureRecord[];
}
