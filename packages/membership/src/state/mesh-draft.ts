// A layer over what is true, in which commands' events are tried out. It is merged after the commit, and
// dropped when the commit fails.

import type { IdentityKey, MeshId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { IpAddress } from '@mesh/wg';
import type { AdminKeyRecord } from './admin-key-record.ts';
import { KeysAndAddresses } from './keys-and-addresses.ts';
import type { MeshView, StateChanges } from './mesh-state.ts';
import { withEpoch } from './opened-epochs.ts';
import type { EpochRecord, MaintenanceWindow, NodeRecord, TokenRecord } from './records.ts';

/** A layer of replaced records over a view: what is true if everything so far commits. */
export class MeshDraft implements MeshView {
  readonly #base: MeshView;
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #tokens = new Map<TokenId, TokenRecord>();
  /** By the nodes that this layer added. */
  readonly #taken = new KeysAndAddresses();
  #epochs: readonly EpochRecord[] | undefined;
  readonly #maintenance = new Map<string, MaintenanceWindow>();
  readonly #adminKeys = new Map<string, AdminKeyRecord>();
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
    return this.#taken.addresses.has(address) || this.#base.isAddressTaken(address);
  }
  isIdentityTaken(key: IdentityKey): boolean {
    return this.#taken.identityKeys.has(key) || this.#base.isIdentityTaken(key);
  }
  isWgKeyTaken(key: string): boolean {
    return this.#taken.wgKeys.has(key) || this.#base.isWgKeyTaken(key);
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
  adminKey(keyId: string): AdminKeyRecord | undefined {
    return this.#adminKeys.get(keyId) ?? this.#base.adminKey(keyId);
  }
  adminKeys(): Iterable<AdminKeyRecord> {
    const merged = new Map([...this.#base.adminKeys()].map((key) => [key.keyId as string, key]));
    for (const [keyId, key] of this.#adminKeys) merged.set(keyId, key);
    return merged.values();
  }

  putNode(node: NodeRecord): void {
    if (this.node(node.nodeId) === undefined) {
      this.#added += 1;
      this.#taken.add(node);
    }
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
  putAdminKey(key: AdminKeyRecord): void {
    this.#adminKeys.set(key.keyId, key);
  }

  /** Everything that this layer replaced. */
  changes(): StateChanges {
    return {
      nodes: this.#nodes.values(),
      tokens: this.#tokens.values(),
      epochs: this.#epochs,
      maintenance: this.#maintenance.values(),
      adminKeys: this.#adminKeys.values(),
    };
  }
  /** Takes over the changes of a draft over this one. */
  merge(changes: StateChanges): void {
    for (const node of changes.nodes) this.putNode(node);
    for (const token of changes.tokens) this.putToken(token);
    if (changes.epochs !== undefined) this.#epochs = changes.epochs;
    for (const window of changes.maintenance ?? []) this.putMaintenance(window);
    for (const key of changes.adminKeys ?? []) this.putAdminKey(key);
  }
}
