// Writes and reads the mesh's CA and the one that is to take its place. Private keys are sealed before they
// come here.

import { spkiPin } from '@mesh/host';
import type { CaState, NextCa } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';
import {
  CA_CERTIFICATE,
  caKeyName,
  readCaCertificate,
  readNextCa,
  storedCaKeyName,
} from '../trust/stored-ca.ts';
import { deleteSealedKey } from './delete-sealed-key.ts';

export class CaRows {
  readonly #db: Database;
  readonly #putNext: Statement;
  readonly #putKey: Statement;
  readonly #trust: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#putNext = db.prepare('INSERT INTO next_ca (pin, certificate) VALUES (?, ?)');
    this.#putKey = db.prepare('INSERT INTO sealed_secrets (name, sealed) VALUES (?, ?)');
    this.#trust = db.prepare('INSERT OR IGNORE INTO next_ca_trust (node_id) VALUES (?)');
  }

  /** @param before what is in the database */
  write({ pin, next }: CaState, before: CaState): void {
    if (before.next !== undefined && next?.pin !== before.next.pin) this.#finish(before.next, before.pin);
    if (next === undefined || pin === undefined) return;
    if (next.pin !== before.next?.pin) {
      this.#putNext.run(next.pin, next.certificatePem);
      this.#putKey.run(caKeyName(next.pin), next.sealedKey);
    }
    for (const nodeId of next.trustedBy)
      if (before.next?.trustedBy.has(nodeId) !== true) this.#trust.run(nodeId);
  }

  /** The next CA becomes the present one, whose key is overwritten in the file. */
  #finish({ certificatePem }: NextCa, oldPin: string | undefined): void {
    const db = this.#db;
    deleteSealedKey(db, storedCaKeyName(db, oldPin ?? ''));
    db.prepare('UPDATE meta SET value = ? WHERE key = ?').run(certificatePem, CA_CERTIFICATE);
    db.exec('DELETE FROM next_ca; DELETE FROM next_ca_trust');
  }
}

/** @returns undefined before `init` */
export function readCa(db: Database): CaState | undefined {
  const certificate = readCaCertificate(db);
  if (certificate === undefined) return undefined;
  return { pin: spkiPin(certificate), next: readNextCa(db) };
}
