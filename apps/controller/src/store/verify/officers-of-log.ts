// Follows the log, and knows from it what the rows of officers, of the requests that they sign, and of the
// classes that they revoke have to be.

import type { JsonObject } from '@mesh/audit';
import { canonicalJson, type JsonValue, parseRfc3339 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { canonicalText, compareRows } from './differences.ts';
import type { FollowedEntry } from './followed-entry.ts';

interface LoggedRequest {
  readonly status: string;
  readonly request: string;
  readonly signatures: readonly JsonValue[];
  readonly expiresAtMs: number;
}

interface RequestRow extends Omit<LoggedRequest, 'signatures'> {
  readonly requestId: string;
  readonly signatures: string;
}

export class OfficersOfLog {
  /** By their place among all sets, from 1. */
  readonly #sets = new Map<number, { readonly officers: string; readonly required: number }>();
  readonly #requests = new Map<string, LoggedRequest>();
  readonly #classes = new Map<string, { readonly revokedAtMs: number | null }>();

  /** Call it with every entry of these types, in order. */
  follow({ type, at, data }: FollowedEntry): void {
    switch (type) {
      case 'officers_set':
        this.#sets.set(this.#sets.size + 1, {
          officers: canonicalJson(
            (data.officers as { name: string; public_key: string }[]).map((officer) => ({
              name: officer.name,
              publicKey: officer.public_key,
            })),
          ),
          required: Number(data.required),
        });
        return;
      case 'request_signed':
        this.#sign(data, parseRfc3339(at));
        return;
      case 'request_authorised':
      case 'request_carried_out': {
        const request = this.#requests.get(String(data.request_id));
        const status = type === 'request_authorised' ? 'authorised' : 'carried_out';
        if (request !== undefined) this.#requests.set(String(data.request_id), { ...request, status });
        return;
      }
      case 'class_revoked':
      case 'class_released':
        this.#classes.set(String(data.class), {
          revokedAtMs: type === 'class_revoked' ? parseRfc3339(at) : null,
        });
        return;
      default:
    }
  }

  /** Each signature drops the requests that have expired unused. */
  #sign(data: JsonObject, atMs: number): void {
    for (const [id, { status, expiresAtMs }] of this.#requests)
      if (status !== 'carried_out' && expiresAtMs <= atMs) this.#requests.delete(id);
    const request = data.request as JsonObject;
    const before = this.#requests.get(String(request.request_id));
    this.#requests.set(String(request.request_id), {
      status: before?.status ?? 'pending',
      request: canonicalJson(request),
      signatures: [
        ...(before?.signatures ?? []),
        { officer_key: String(data.officer_key), signature: String(data.signature) },
      ],
      expiresAtMs: parseRfc3339(String(request.expires_at)),
    });
  }

  /** @returns what differs in the rows, one phrase each */
  compare(db: Database): string[] {
    const sets = db.prepare('SELECT officers, required FROM officer_sets ORDER BY position').all() as {
      officers: string;
      required: number;
    }[];
    const requests = db
      .prepare(
        `SELECT request_id AS requestId, status, request, signatures, expires_at_ms AS expiresAtMs
         FROM officer_requests`,
      )
      .all() as RequestRow[];
    const classes = db.prepare('SELECT name, revoked_at_ms AS revokedAtMs FROM classes').all() as {
      name: string;
      revokedAtMs: number | null;
    }[];
    const logged = [...this.#requests].map(
      ([id, request]) => [id, { ...request, signatures: canonicalJson(request.signatures) }] as const,
    );
    return [
      ...compareRows(
        'officer set',
        this.#sets,
        new Map(
          sets.map(({ officers, required }, at) => [at + 1, { officers: canonicalText(officers), required }]),
        ),
      ),
      ...compareRows(
        'officer request',
        new Map(logged),
        new Map(
          requests.map(({ requestId, request, signatures, ...row }) => [
            requestId,
            { ...row, request: canonicalText(request), signatures: canonicalText(signatures) },
          ]),
        ),
      ),
      ...compareRows('class', this.#classes, new Map(classes.map(({ name, ...row }) => [name, row]))),
    ];
  }
}
