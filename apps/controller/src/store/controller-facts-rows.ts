// What is recorded of the controller itself: values of the table `meta`.

import {
  type ControllerFacts,
  type LimitsJson,
  limitsJson,
  limitsOfJson,
  type RestoredBackup,
} from '@mesh/membership';
import { canonicalJson, type JsonValue } from '@mesh/primitives';
import type { Database } from 'better-sqlite3';

const LIMITS = 'pair_limits';
const ROTATION = 'master_key_rotation';
const ROTATED_AT_REST = 'master_key_rotated_at_rest';
const RESTORED = 'backup_restored';

/** Writes inside the caller's transaction. */
export function writeFacts(
  db: Database,
  { limits, isMasterKeyRotating, rotatedAtRestMs, restored }: ControllerFacts,
): void {
  if (limits !== undefined) put(db, LIMITS, canonicalJson(limitsJson(limits)));
  if (isMasterKeyRotating) put(db, ROTATION, 'running');
  else drop(db, ROTATION);
  if (rotatedAtRestMs !== undefined) noteRotatedAtRest(db, rotatedAtRestMs);
  else drop(db, ROTATED_AT_REST);
  if (restored !== undefined) noteRestored(db, restored);
  else drop(db, RESTORED);
}

/** The next start of a controller records it. */
export function noteRotatedAtRest(db: Database, atMs: number): void {
  put(db, ROTATED_AT_REST, String(atMs));
}

/** The next start of a controller records it. */
export function noteRestored(db: Database, restored: RestoredBackup): void {
  put(db, RESTORED, canonicalJson(restored as unknown as JsonValue));
}

export function readFacts(db: Database): ControllerFacts {
  const limits = metaValue(db, LIMITS);
  const rotatedAtRest = metaValue(db, ROTATED_AT_REST);
  const restored = metaValue(db, RESTORED);
  return {
    limits: limits === undefined ? undefined : limitsOfJson(JSON.parse(limits) as LimitsJson),
    isMasterKeyRotating: isMasterKeyRotating(db),
    rotatedAtRestMs: rotatedAtRest === undefined ? undefined : Number(rotatedAtRest),
    restored: restored === undefined ? undefined : (JSON.parse(restored) as RestoredBackup),
  };
}

/** Whether a running controller began to seal everything again, and its end is not recorded. */
export const isMasterKeyRotating = (db: Database): boolean => metaValue(db, ROTATION) !== undefined;

function put(db: Database, name: string, value: string): void {
  db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  ).run(name, value);
}

function drop(db: Database, name: string): void {
  db.prepare('DELETE FROM meta WHERE key = ?').run(name);
}

function metaValue(db: Database, name: string): string | undefined {
  return db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(name) as string | undefined;
}
