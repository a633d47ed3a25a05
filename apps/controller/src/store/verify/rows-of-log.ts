// Follows the log, and knows from it what the rows of nodes, results, tokens and epochs have to be. Only what
// entries say is compared: what is erasable, or only in the rows, is not.

import type { JsonObject } from '@mesh/audit';
import { STATUS_AFTER } from '@mesh/evidence';
import { parseRfc3339 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { differences } from './differences.ts';
import type { FollowedEntry } from './followed-entry.ts';

interface Node {
  class: string;
  status: string;
  isPending: number;
  quarantinedUntilMs: number | null;
  identityKey: string;
  wgKeyA: string;
  wgKeyB: string | null;
  addresses: string;
  membership: string;
  readmitted: number;
  /** The index of the newest benchmark, null if it was erased. */
  latest: number | null;
  sequence: number;
}

/** The hash of its secret, and the node that it is for, are not in the log. */
interface Token {
  usesLeft: number;
  class: string;
  expiresAtMs: number;
  needsApproval: number;
  isWithdrawn: boolean;
}

export class RowsOfLog {
  readonly #nodes = new Map<string, Node>();
  readonly #tokens = new Map<string, Token>();
  readonly #epochs = new Map<number, { activateAtMs: number; commitment: string }>();

  /** Call it with every entry, in order. */
  follow(entry: FollowedEntry): void {
    const { type, data, node_id: nodeId } = entry;
    if (type === 'token_created')
      this.#tokens.set(String(data.token_id), {
        usesLeft: Number(data.uses),
        class: String(data.class),
        expiresAtMs: parseRfc3339(String(data.expires_at)),
        needsApproval: data.needs_approval === true ? 1 : 0,
        isWithdrawn: false,
      });
    if (type === 'token_withdrawn') this.#change(this.#tokens, String(data.token_id), { isWithdrawn: true });
    if (type === 'node_enrolled' || type === 'node_reenrolled') this.#use(String(data.token_id));
    if (type === 'epoch_opened' && entry.epoch_id !== undefined)
      this.#epochs.set(entry.epoch_id, {
        activateAtMs: parseRfc3339(String(data.activate_at)),
        commitment: String(data.commitment),
      });
    if (nodeId !== undefined) this.#followNode(nodeId, entry);
  }

  #followNode(nodeId: string, { index, type, data }: FollowedEntry): void {
    const change = (changed: Partial<Node>): void => this.#change(this.#nodes, nodeId, changed);
    const status = STATUS_AFTER[type];
    if (status !== undefined)
      change({
        status,
        isPending: 0,
        quarantinedUntilMs: data.until === undefined ? null : parseRfc3339(String(data.until)),
      });
    switch (type) {
      case 'node_enrolled':
        this.#nodes.set(nodeId, {
          class: String(data.class),
          // A pending node is stored as a quarantined one.
          status: data.needs_approval === true ? 'quarantined' : 'active',
          isPending: data.needs_approval === true ? 1 : 0,
          quarantinedUntilMs: null,
          identityKey: String(data.identity_key),
          ...slotsOf(data),
          addresses: JSON.stringify(data.addresses),
          membership: 'never',
          readmitted: 0,
          latest: null,
          sequence: 0,
        });
        return;
      case 'node_deleted':
        this.#nodes.delete(nodeId);
        return;
      case 'node_class_changed':
        change({ class: String(data.to) });
        return;
      case 'wg_keys_changed':
        change(slotsOf(data));
        return;
      case 'identity_key_changed':
        change({ identityKey: String(data.identity_key) });
        return;
      case 'node_admitted':
        change({
          membership: 'admitted',
          readmitted: this.#nodes.get(nodeId)?.membership === 'denied' ? 1 : 0,
        });
        return;
      case 'node_denied':
        change({ membership: 'denied', readmitted: 0 });
        return;
      case 'benchmark_accepted':
        change({ latest: index, sequence: Number(data.sequence) });
        return;
      case 'sequences_reset':
        if ((data.lowered as JsonObject).benchmark !== undefined) change({ sequence: Number(data.to) });
        return;
      case 'node_details_erased':
        if (this.#nodes.get(nodeId)?.status === 'revoked') change({ latest: null });
        return;
      default:
    }
  }

  #use(tokenId: string): void {
    const token = this.#tokens.get(tokenId);
    if (token !== undefined) token.usesLeft -= 1;
  }

  #change<Value>(map: Map<string, Value>, key: string, changed: Partial<Value>): void {
    const value = map.get(key);
    if (value !== undefined) Object.assign(value as object, changed);
  }

  /** @returns what differs in the rows, one phrase each */
  compare(db: Database): string[] {
    return [...this.#compareNodes(db), ...this.#compareTokens(db), ...this.#compareEpochs(db)];
  }

  #compareNodes(db: Database): string[] {
    const rows = db
      .prepare(
        `SELECT n.node_id, n.class, n.status, n.identity_key AS identityKey, n.wg_public_key_a AS wgKeyA,
           n.wg_public_key_b AS wgKeyB, n.addresses, n.membership, n.readmitted, n.is_pending AS isPending,
           n.quarantined_until_ms AS quarantinedUntilMs, r.latest_index AS latest,
           r.sequence_benchmark AS sequence, n.latest IS NOT NULL AS isOld
         FROM nodes n LEFT JOIN node_results r USING (node_id)`,
      )
      .all() as (Node & { node_id: string; isOld: number })[];
    const found = new Map(rows.map(({ node_id: nodeId, isOld, ...row }) => [nodeId, { isOld, row }]));
    const differ = [...this.#nodes].flatMap(([nodeId, expected]) => {
      const there = found.get(nodeId);
      found.delete(nodeId);
      if (there === undefined) return [`node ${nodeId}: its row is missing`];
      // The newest result of a node that has sent none since details are in batches is in its own row.
      const wanted = there.isOld === 1 ? { ...expected, latest: there.row.latest } : expected;
      return differences(`node ${nodeId}`, wanted, there.row);
    });
    return [...differ, ...[...found.keys()].map((nodeId) => `node ${nodeId}: no entry of the log enrols it`)];
  }

  #compareTokens(db: Database): string[] {
    const rows = db
      .prepare(
        `SELECT token_id AS tokenId, uses_left AS usesLeft, class, expires_at_ms AS expiresAtMs,
           needs_approval AS needsApproval, withdrawn FROM tokens`,
      )
      .all() as (Omit<Token, 'isWithdrawn'> & { tokenId: string; withdrawn: number })[];
    return rows.flatMap(({ tokenId, withdrawn, ...row }) => {
      const expected = this.#tokens.get(tokenId);
      if (expected === undefined) return [`token ${tokenId}: no entry of the log creates it`];
      return differences(`token ${tokenId}`, expected, { ...row, isWithdrawn: withdrawn === 1 });
    });
  }

  #compareEpochs(db: Database): string[] {
    const rows = db
      .prepare('SELECT epoch_id AS epochId, activate_at_ms AS activateAtMs, commitment FROM epochs')
      .all() as { epochId: number; activateAtMs: number; commitment: string }[];
    return rows.flatMap(({ epochId, ...row }) => {
      const expected = this.#epochs.get(epochId);
      if (expected === undefined) return [`epoch ${epochId}: no entry of the log opens it`];
      return differences(`epoch ${epochId}`, expected, row);
    });
  }
}

function slotsOf(data: JsonObject): { wgKeyA: string; wgKeyB: string | null } {
  const { a, b } = data.wg_public_keys as { a: string; b?: string };
  return { wgKeyA: a, wgKeyB: b ?? null };
}
