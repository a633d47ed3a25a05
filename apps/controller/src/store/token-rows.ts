// Writes join tokens to the database, and reads them at the start.

import type { TokenRecord } from '@mesh/membership';
import type { NodeId, Sha256Hex } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import type { Database, Statement } from 'better-sqlite3';

/** Writes inside the transaction that writes the log entries. */
export class TokenRows {
  readonly #put: Statement;

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO tokens (token_id, secret_hash, uses_left, class, node_id, expires_at_ms, needs_approval, withdrawn)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (token_id) DO UPDATE SET uses_left = excluded.uses_left, withdrawn = excluded.withdrawn`,
    );
  }

  write(token: TokenRecord): void {
    this.#put.run(
      token.tokenId,
      token.secretHash,
      token.usesLeft,
      token.class,
      token.nodeId ?? null,
      token.expiresAtMs,
      token.needsApproval ? 1 : 0,
      token.isWithdrawn ? 1 : 0,
    );
  }
}

export function readTokens(db: Database): TokenRecord[] {
  return (db.prepare('SELECT * FROM tokens').all() as Record<string, string | number | null>[]).map(
    (row): TokenRecord => ({
      tokenId: String(row.token_id) as TokenId,
      secretHash: String(row.secret_hash) as Sha256Hex,
      usesLeft: Number(row.uses_left),
      class: String(row.class),
      nodeId: (row.node_id ?? undefined) as NodeId | undefined,
      expiresAtMs: Number(row.expires_at_ms),
      needsApproval: row.needs_approval === 1,
      isWithdrawn: row.withdrawn === 1,
    }),
  );
}
