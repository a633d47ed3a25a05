// What is recorded of the controller itself: values of the table `meta`.

import { type ControllerFacts, type LimitsJson, limitsJson, limitsOfJson } from '@mesh/membership';
import { canonicalJson } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';

const LIMITS = 'pair_limits';
const ROTATION = 'master_key_rotation';

/** Writes inside the caller's transaction. */
export function writeFacts(db: Database, { limits, isMasterKeyRotating }: ControllerFacts): void {
  const put = db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  if (limits !== undefined) put.run(LIMITS, canonicalJson(limitsJson(limits)));
  if (isMasterKeyRotating) put.run(ROTATION, 'running');
  else db.prepare('DELETE FROM meta WHERE key = ?').run(ROTATION);
}

export function readFacts(db: Database): ControllerFacts {
  const limits = metaValue(db, LIMITS);
  return {
    limits: limits === undefined ? undefined : limitsOfJson(JSON.parse(limits) as LimitsJson),
    isMasterKeyRotating: isMasterKeyRotating(db),
  };
}

/** Whether a running controller began to seal everything again, and its end is not recorded. */
export const isMasterKeyRotating = (db: Database): boolean => metaValue(db, ROTATION) !== undefined;

function metaValue(db: Database, name: string): string | undefined {
  return db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(name) as string | undefined;
}
