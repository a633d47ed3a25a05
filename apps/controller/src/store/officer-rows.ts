// Writes and reads the officers and the requests that they have signed. Nothing of it is secret: signatures
// and public keys are in the log too.

import type { OfficerSet, RequestRecord, StateChanges } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';

export class OfficerRowWriter {
  readonly #putSet: Statement;
  readonly #putRequest: Statement;
  readonly #dropRequest: Statement;

  constructor(db: Database) {
    this.#putSet = db.prepare('INSERT INTO officer_sets (officers, required) VALUES (?, ?)');
    this.#putRequest = db.prepare(
      `INSERT INTO officer_requests (request_id, status, request, signatures, expires_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET status = excluded.status, signatures = excluded.signatures`,
    );
    this.#dropRequest = db.prepare('DELETE FROM officer_requests WHERE request_id = ?');
  }

  write({ officers, requests }: Pick<StateChanges, 'officers' | 'requests'>): void {
    if (officers !== undefined) this.#putSet.run(JSON.stringify(officers.officers), officers.required);
    for (const record of requests ?? []) this.#writeRequest(record);
  }

  #writeRequest({ request, status, signatures, expiresAtMs }: RequestRecord): void {
    const { request_id: requestId } = request;
    if (status === 'dropped') this.#dropRequest.run(requestId);
    else
      this.#putRequest.run(
        requestId,
        status,
        JSON.stringify(request),
        JSON.stringify(signatures),
        expiresAtMs,
      );
  }
}

export function readOfficers(db: Database): Required<Pick<StateChanges, 'officers' | 'requests'>> {
  const set = db
    .prepare('SELECT officers, required FROM officer_sets ORDER BY position DESC LIMIT 1')
    .get() as { officers: string; required: number } | undefined;
  const rows = db.prepare('SELECT * FROM officer_requests').all() as {
    status: 'pending' | 'authorised' | 'carried_out';
    request: string;
    signatures: string;
    expires_at_ms: number;
  }[];
  return {
    officers: set && {
      officers: JSON.parse(set.officers) as OfficerSet['officers'],
      required: set.required,
    },
    requests: rows.map((row) => ({
      request: JSON.parse(row.request) as RequestRecord['request'],
      status: row.status,
      signatures: JSON.parse(row.signatures) as RequestRecord['signatures'],
      expiresAtMs: row.expires_at_ms,
    })),
  };
}
