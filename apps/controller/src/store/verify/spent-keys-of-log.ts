// Follows the log, and knows from it which keys no node may have again. The X25519 half of what a node's keys
// were sealed to is spent too and is not in the log, so there may be more rows than it says.

import { spentIdentity, spentKeysOf } from '@mesh/membership';
import type { IdentityKey, NodeId } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import type { FollowedEntry } from './followed-entry.ts';

interface NodeKeys {
  readonly nodeId: NodeId;
  readonly identityKey: IdentityKey;
  readonly nextIdentityKey: IdentityKey | undefined;
  readonly wgPublicKeys: { readonly a: string; readonly b?: string };
}

export class SpentKeysOfLog {
  readonly #nodes = new Map<string, NodeKeys>();
  /** Every name that a node ever had. */
  readonly #names = new Set<string>();
  /** Whose each key was when it was spent first. */
  readonly #spent = new Map<string, string>();

  /** Call it with every entry, in order. */
  follow({ type, node_id: nodeId, data }: FollowedEntry): void {
    if (nodeId === undefined) return;
    if (type === 'node_enrolled') {
      this.#names.add(nodeId);
      this.#nodes.set(nodeId, {
        nodeId: nodeId as NodeId,
        identityKey: data.identity_key as IdentityKey,
        nextIdentityKey: undefined,
        wgPublicKeys: data.wg_public_keys as NodeKeys['wgPublicKeys'],
      });
      return;
    }
    const node = this.#nodes.get(nodeId);
    if (node !== undefined) this.#change(node, type, data);
  }

  #change(node: NodeKeys, type: string, data: FollowedEntry['data']): void {
    const { nodeId, identityKey, nextIdentityKey, wgPublicKeys } = node;
    const replace = (changed: Partial<NodeKeys>): void =>
      void this.#nodes.set(nodeId, { ...node, ...changed });
    switch (type) {
      case 'wg_keys_changed': {
        const after = data.wg_public_keys as NodeKeys['wgPublicKeys'];
        const stay = Object.values(after);
        this.#spend(
          nodeId,
          Object.values(wgPublicKeys).filter((key) => !stay.includes(key)),
        );
        replace({ wgPublicKeys: after });
        return;
      }
      case 'identity_key_announced':
        if (nextIdentityKey !== undefined)
          this.#spend(nodeId, keysOf(spentIdentity(nodeId, nextIdentityKey)));
        replace({ nextIdentityKey: data.identity_key as IdentityKey });
        return;
      case 'identity_key_changed':
        this.#spend(nodeId, keysOf(spentIdentity(nodeId, identityKey)));
        replace({ identityKey: data.identity_key as IdentityKey, nextIdentityKey: undefined });
        return;
      case 'node_revoked':
      case 'node_rejected':
      case 'node_deleted':
        this.#spend(nodeId, keysOf(spentKeysOf({ ...node, kemPublicKey: undefined })));
        if (type === 'node_deleted') this.#nodes.delete(nodeId);
        return;
      default:
    }
  }

  #spend(nodeId: string, keys: readonly string[]): void {
    for (const key of keys) if (!this.#spent.has(key)) this.#spent.set(key, nodeId);
  }

  /** @returns what differs in the rows, one phrase each */
  compare(db: Database): string[] {
    const rows = db.prepare('SELECT public_key AS publicKey, node_id AS nodeId FROM spent_keys').all() as {
      publicKey: string;
      nodeId: string;
    }[];
    const found = new Map(rows.map(({ publicKey, nodeId }) => [publicKey, nodeId]));
    return [
      ...[...this.#spent].flatMap(([key, nodeId]) => {
        const owner = found.get(key);
        if (owner === undefined) return [`spent key ${key}: its row is missing`];
        return owner === nodeId ? [] : [`spent key ${key}: its row has another nodeId than the log says`];
      }),
      ...rows
        .filter(({ nodeId }) => !this.#names.has(nodeId))
        .map(({ publicKey }) => `spent key ${publicKey}: no entry of the log enrols its node`),
    ];
  }
}

const keysOf = (spent: readonly { readonly publicKey: string }[]): string[] =>
  spent.map(({ publicKey }) => publicKey);
