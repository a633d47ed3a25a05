// The name of the log in its signed heads, its origin. Followers of the log know it and its keys by this
// name, so the name is chosen once and kept in the database.

import type { Database } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';

const ORIGIN = 'log_origin';
const LONGEST = 255;

export interface OriginSettings {
  readonly mesh_id: string;
  readonly public_names: readonly string[];
  readonly log: { readonly origin?: string | undefined };
}

/** @throws Error unless it can name a key of a signed note */
export function checkLogOrigin(text: string): void {
  if (!/^[\x21-\x2a\x2c-\x7e]+$/.test(text) || text.length > LONGEST)
    throw new Error(
      `must be at most ${LONGEST} visible ASCII characters without "+", such as mesh.example.com/log`,
    );
}

/**
 * The origin of the log: what the database holds. Where it holds none, the setting, or the first public name
 * and the mesh's id, is stored.
 *
 * @throws ControllerError `usage` if the setting names another origin than the database
 */
export function logOrigin(db: Database, { mesh_id, public_names, log }: OriginSettings): string {
  const stored = db.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(ORIGIN) as string | undefined;
  if (stored === undefined) {
    const origin = log.origin ?? `${public_names[0]}/${mesh_id}`;
    db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run(ORIGIN, origin);
    return origin;
  }
  if (log.origin !== undefined && log.origin !== stored)
    throw new ControllerError(
      'usage',
      `the log in ${db.name} is named ${stored}, and its name cannot change, because witnesses and nodes know its heads by it: set log.origin to that, or remove the setting`,
    );
  return stored;
}
