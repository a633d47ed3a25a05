// Writes and reads the officers, the requests that they have signed, and the classes that they revoked.
// Nothing of it is secret: signatures and public keys are in the log too.

import type { OfficerSet, RequestRecord, StateChanges } from '@mesh/membership';
import type { Database, Statement } from 'better-sqlite3';

export class OfficerRows {
  readonly #putSet: Statement;
  readonly #putRequest: Statement;
  readonly #dropRequest: Statement;
  readonly #putClass: Statement;

  constructor(db: Database) {
    this.#putSet = db.prepare('INSERT INTO officer_sets (officers, required) VALUES (?, ?)');
    this.#putRequest = db.prepare(
      `INSERT INTO officer_requests (request_id, status, request, signatures, expires_at_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (request_id) DO UPDATE SET status = excluded.status, signatures = excluded.signatures`,
    );
    this.#putClass = db.prepare(
      'INSERT INTO classes (name, revoked_at_ms) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET revoked_at_ms = excluded.revoked_at_ms',
    );
    this.#dropRequest = db.prepare('DELETE FROM officer_requests WHERE request_id = ?');
  }

  write({ officers, requests, classes }: Pick<StateChanges, 'officers' | 'requests' | 'classes'>): void {
    if (officers !== undefined) this.#putSet.run(JSON.stringify(officers.officers), officers.required);
    for (const record of requests ?? []) this.#writeRequest(record);
    for (const { name, revokedAtMs } of classes ?? []) this.#putClass.run(name, revokedAtMs ?? null);
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

export function readOfficers(
  db: Database,
): Required<Pick<StateChanges, 'officers' | 'requests' | 'classes'>> {
  const set = db
    .prepare('SELECT officers, required FROM officer_sets ORDER BY position DESC LIMIT 1')
    .get() as { officers: string; required: number } | undefined;
  const rows = db.prepare('SELECT * FROM officer_requests').all() as {
    status: 'pending' | 'authorised' | 'carried_out';
    request: string;
    signatures: string;
    expires_at_ms: number;
  }[];
  const classes = db.prepare('SELECT name, revoked_at_ms FROM classes').all() as {
    name: string;
    revoked_at_ms: number | null;
  }[];
  return {
    classes: classes.map(({ name, revoked_at_ms: atMs }) => ({ name, revokedAtMs: atMs ?? undefined })),
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
