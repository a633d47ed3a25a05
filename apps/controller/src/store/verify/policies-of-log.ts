// Follows the log, and knows from it what the rows of policies have to be.

import { canonicalJson, type JsonValue, parseRfc3339 } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';
import { compareRows } from './differences.ts';
import type { FollowedEntry } from './followed-entry.ts';

interface Policy {
  readonly hash: string;
  readonly policy: string;
  readonly configurationHash: string | null;
  readonly why: string;
  readonly changedAtMs: number;
  readonly appliedAtMs: number | null;
  readonly appliedEpoch: number | null;
}

export class PoliciesOfLog {
  readonly #policies = new Map<number, Policy>();

  /** Call it with every entry of these types, in order. */
  follow({ type, at, data, epoch_id: epochId }: FollowedEntry): void {
    const version = Number(data.version);
    if (type === 'policy_changed')
      this.#policies.set(version, {
        hash: String(data.policy_sha256),
        policy: canonicalJson(data.policy as JsonValue),
        configurationHash: data.configuration_sha256 as string | null,
        why: String(data.why),
        changedAtMs: parseRfc3339(at),
        appliedAtMs: null,
        appliedEpoch: null,
      });
    const policy = this.#policies.get(version);
    if (type === 'policy_applied' && policy !== undefined)
      this.#policies.set(version, {
        ...policy,
        appliedAtMs: parseRfc3339(at),
        appliedEpoch: epochId ?? 0,
      });
  }

  /** @returns what differs in the rows, one phrase each */
  compare(db: Database): string[] {
    const rows = db
      .prepare(
        `SELECT version, hash, policy, configuration_hash AS configurationHash, why, changed_at_ms AS changedAtMs,
           applied_at_ms AS appliedAtMs, applied_epoch AS appliedEpoch FROM policies`,
      )
      .all() as (Policy & { version: number })[];
    return compareRows(
      'policy version',
      this.#policies,
      new Map(rows.map(({ version, ...row }) => [version, row])),
    );
  }
}
