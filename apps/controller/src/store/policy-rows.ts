// Writes accepted policies to the database, and reads the newest ones at the start.

import { platformSha256 } from '@mesh/host';
import type { Policies, PolicyRecord } from '@mesh/membership';
import { policyTextOf, withPolicy } from '@mesh/membership';
import { type EpochId, type Sha256Hex, sha256Hex, utf8 } from '@mesh/primitives';
import { parsePolicy, ScoringError } from '@mesh/scoring';
import type { Database, Statement } from 'better-sqlite3';
import { ControllerError } from '../errors/controller-error.ts';

interface PolicyRow {
  readonly version: number;
  readonly hash: string;
  readonly policy: string;
  readonly configuration_hash: string | null;
  readonly why: string;
  readonly changed_at_ms: number;
  readonly applied_at_ms: number | null;
  readonly applied_epoch: number | null;
}

/** Writes inside the transaction that writes the log entries. */
export class PolicyRows {
  readonly #put: Statement;

  constructor(db: Database) {
    this.#put = db.prepare(
      `INSERT INTO policies (version, hash, policy, configuration_hash, why, changed_at_ms, applied_at_ms, applied_epoch)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (version) DO UPDATE SET applied_at_ms = excluded.applied_at_ms, applied_epoch = excluded.applied_epoch`,
    );
  }

  write({ active, pending }: Policies): void {
    for (const record of [active, pending]) if (record !== undefined) this.#write(record);
  }

  #write({ version, hash, policy, configurationHash, why, changedAtMs, applied }: PolicyRecord): void {
    this.#put.run(
      version,
      hash,
      policyTextOf(policy),
      configurationHash ?? null,
      why,
      changedAtMs,
      applied?.atMs ?? null,
      applied?.epochId ?? null,
    );
  }
}

/** The policy in force, the one after it, and the newest one that came from the configuration. */
const READ = `
  SELECT * FROM policies WHERE version IN (
    (SELECT max(version) FROM policies WHERE applied_at_ms IS NOT NULL),
    (SELECT max(version) FROM policies),
    (SELECT max(version) FROM policies WHERE configuration_hash IS NOT NULL)
  ) ORDER BY version`;

/**
 * @returns undefined if no policy was ever accepted
 * @throws ControllerError `usage` if a policy that is in force or waits is not the one of its hash, or this
 *   version of the program cannot read it
 */
export function readPolicies(db: Database): Policies | undefined {
  const rows = db.prepare(READ).all() as PolicyRow[];
  const newest = rows.at(-1);
  if (newest === undefined) return undefined;
  const inForce = rows.findLast((row) => row.applied_at_ms !== null);
  const configured = rows.findLast((row) => row.configuration_hash !== null);
  const nothing: Policies = { active: undefined, pending: undefined, configurationHash: undefined };
  const active = inForce === undefined ? nothing : withPolicy(nothing, recordOf(inForce));
  const known = newest === inForce ? active : withPolicy(active, recordOf(newest));
  // The configuration's newest policy can lie between the two, replaced before it was in force.
  return {
    ...known,
    configurationHash: (configured?.configuration_hash ?? undefined) as Sha256Hex | undefined,
  };
}

function recordOf(row: PolicyRow): PolicyRecord {
  return {
    version: row.version,
    hash: row.hash as Sha256Hex,
    policy: policyOfRow(row),
    configurationHash: (row.configuration_hash ?? undefined) as Sha256Hex | undefined,
    why: row.why,
    changedAtMs: row.changed_at_ms,
    applied:
      row.applied_at_ms === null
        ? undefined
        : { atMs: row.applied_at_ms, epochId: (row.applied_epoch ?? 0) as EpochId | 0 },
  };
}

function policyOfRow({ version, hash, policy }: PolicyRow) {
  if (sha256Hex(platformSha256(utf8(policy))) !== hash)
    throw new ControllerError(
      'usage',
      `policy version ${version} in the database is not the one of its hash: somebody edited its row, or it is damaged; mesh-controller verify names everything that differs; restore a backup (docs/operations.md, Backup)`,
    );
  try {
    return parsePolicy(JSON.parse(policy));
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    throw new ControllerError(
      'usage',
      `policy version ${version} in the database is not one for this version of the controller (${error.message}): start the version that stored it, and set another policy`,
      { cause: error },
    );
  }
}
