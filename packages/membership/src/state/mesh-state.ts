// What is true of the mesh: how it is read, and where it is kept. Records are replaced as a whole, so that a
// change is a map of replaced records.

import type { IdentityKey, MeshId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { IpAddress } from '@mesh/wg';
import type { AdminKeyRecord } from './admin-key-record.ts';
import { KeysAndAddresses } from './keys-and-addresses.ts';
import type { EpochRecord, MaintenanceWindow, NodeRecord, TokenRecord } from './records.ts';

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
  /** Whether an overlay address belongs to any node, past ones included. */
  isAddressTaken(address: IpAddress): boolean;
  /** Whether an identity key belongs to any node, past ones included. */
  isIdentityTaken(key: IdentityKey): boolean;
  /** Whether a WireGuard key belongs to any node, past ones included, in either slot. */
  isWgKeyTaken(key: string): boolean;
  /** The newest epochs, three at most, the oldest first. */
  epochs(): readonly EpochRecord[];
  /** The newest window, over or not. */
  maintenance(): MaintenanceWindow | undefined;
  /** Whether an officer's request was carried out before. */
  isRequestSpent(requestId: string): boolean;
  /** @param keyId any text, as a caller gives it */
  adminKey(keyId: string): AdminKeyRecord | undefined;
  /** Every API key that was ever made. */
  adminKeys(): Iterable<AdminKeyRecord>;
}

export interface StateChanges {
  readonly nodes: Iterable<NodeRecord>;
  readonly tokens: Iterable<TokenRecord>;
  readonly epochs: readonly EpochRecord[] | undefined;
  /** Windows that began or changed, in order. */
  readonly maintenance?: Iterable<MaintenanceWindow>;
  readonly adminKeys?: Iterable<AdminKeyRecord>;
}

/** The committed state. Only `merge` changes it. */
export class MeshState implements MeshView {
  readonly meshId: MeshId;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #tokens = new Map<TokenId, TokenRecord>();
  readonly #taken = new KeysAndAddresses();
  #epochs: readonly EpochRecord[] = [];
  readonly #spentRequests = new Set<string>();
  #maintenance: MaintenanceWindow | undefined;
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
  isAddressTaken(address: IpAddress): boolean {
    return this.#taken.addresses.has(address);
  }
  isIdentityTaken(key: IdentityKey): boolean {
    return this.#taken.identityKeys.has(key);
  }
  isWgKeyTaken(key: string): boolean {
    return this.#taken.wgKeys.has(key);
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
  adminKey(keyId: string): AdminKeyRecord | undefined {
    return this.#adminKeys.get(keyId);
  }
  adminKeys(): Iterable<AdminKeyRecord> {
    return this.#adminKeys.values();
  }

  /** Takes over what a draft changed, or what the store read at the start. */
  merge(changes: StateChanges): void {
    for (const node of changes.nodes) {
      if (!this.#nodes.has(node.nodeId)) this.#taken.add(node);
      this.#nodes.set(node.nodeId, node);
    }
    for (const token of changes.tokens) this.#tokens.set(token.tokenId, token);
    if (changes.epochs !== undefined) this.#epochs = changes.epochs;
    for (const window of changes.maintenance ?? []) {
      this.#spentRequests.add(window.requestId);
      this.#maintenance = window;
    }
    for (const key of changes.adminKeys ?? []) this.#adminKeys.set(key.keyId, key);
  }
}
