// The pair limits that are in force where there are officers: one value of the table `meta`.

import { type LimitPolicy, type LimitsJson, limitsJson, limitsOfJson } from '@mesh/membership';
import { canonicalJson } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';

const NAME = 'pair_limits';

/** Writes inside the caller's transaction. */
export function writeLimits(db: Database, limits: LimitPolicy): void {
  db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(NAME, canonicalJson(limitsJson(limits)));
}

/** @returns undefined if none were ever recorded */
export function readLimits(db: Database): LimitPolicy | undefined {
  const text = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(NAME) as string | undefined;
  return text === undefined ? undefined : limitsOfJson(JSON.parse(text) as LimitsJson);
}
