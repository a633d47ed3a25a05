// Writes and reads what is left of nodes that are gone: the rows of deleted nodes, and the keys that no node
// may have again.

import {
  type DeletedNode,
  type NodeRecord,
  type SpentKey,
  type StateChanges,
  spentKeysOf,
} from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { IpAddress } from '@mesh/wg';
import type { Database, Statement } from 'better-sqlite3';

interface DeletedRow {
  readonly node_id: NodeId;
  readonly class: string;
  readonly addresses: string;
  readonly held_until_ms: number;
}

export class GoneRows {
  readonly #dropExams: Statement;
  readonly #dropResult: Statement;
  readonly #dropNode: Statement;
  readonly #dropMessage: Statement;
  readonly #noteDeleted: Statement;
  readonly #spendKey: Statement;

  constructor(db: Database) {
    this.#dropExams = db.prepare('DELETE FROM node_exams WHERE node_id = ?');
    this.#dropResult = db.prepare('DELETE FROM node_results WHERE node_id = ?');
    this.#dropMessage = db.prepare('DELETE FROM newest_messages WHERE node_id = ?');
    this.#dropNode = db.prepare('DELETE FROM nodes WHERE node_id = ?');
    this.#noteDeleted = db.prepare(
      'INSERT INTO deleted_nodes (node_id, class, addresses, held_until_ms) VALUES (?, ?, ?, ?)',
    );
    this.#spendKey = db.prepare(
      'INSERT INTO spent_keys (public_key, node_id) VALUES (?, ?) ON CONFLICT (public_key) DO NOTHING',
    );
  }

  /** Call it before the rows of nodes are written: a new node may have the name of a deleted one. */
  write({ deleted = [], spentKeys = [] }: StateChanges): void {
    for (const node of deleted) {
      this.#dropExams.run(node.nodeId);
      this.#dropMessage.run(node.nodeId);
      this.#dropResult.run(node.nodeId);
      this.#dropNode.run(node.nodeId);
      this.#noteDeleted.run(node.nodeId, node.class, JSON.stringify(node.addresses), node.heldUntilMs);
    }
    for (const { publicKey, nodeId } of spentKeys) this.#spendKey.run(publicKey, nodeId);
  }
}

/**
 * @param nodes those that were read. The keys of revoked ones are spent, also if a program without the table
 *   revoked
 */
export function readGone(
  db: Database,
  nodes: readonly NodeRecord[],
): { readonly deleted: readonly DeletedNode[]; readonly spentKeys: readonly SpentKey[] } {
  const deleted = db.prepare('SELECT * FROM deleted_nodes ORDER BY position').all() as DeletedRow[];
  const spent = db.prepare('SELECT public_key AS publicKey, node_id AS nodeId FROM spent_keys').all();
  return {
    deleted: deleted.map((row) => ({
      nodeId: row.node_id,
      class: row.class,
      addresses: JSON.parse(row.addresses) as IpAddress[],
      heldUntilMs: row.held_until_ms,
    })),
    spentKeys: [
      ...(spent as SpentKey[]),
      ...nodes.filter(({ status }) => status === 'revoked').flatMap(spentKeysOf),
    ],
  };
}
