// Rows of policies, officers, API keys, signing keys and spent keys are compared with the log: whatever
// somebody writes into them by hand is found and named.

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSealer } from '../../src/store/open-store.ts';
import { verifyDatabase } from '../../src/store/verify/verify-database.ts';
import { verifyDatabaseOf } from '../../src/verify.ts';
import { busyMesh } from '../support/busy-mesh.ts';
import type { RunningMesh } from '../support/running-mesh.ts';

let mesh: RunningMesh;
const work = () => join(mesh.controller.directory, 'work.db');

beforeAll(async () => {
  mesh = await busyMesh();
  await mesh.controller.stop();
  const db = new SqliteDatabase(mesh.controller.paths.database);
  db.pragma('journal_mode = DELETE');
  db.close();
});
afterAll(() => mesh[Symbol.asyncDispose]());

/** Verifies a copy of the database that was changed by hand. */
function faultsAfter(sql: string): readonly string[] {
  rmSync(work(), { force: true });
  cpSync(mesh.controller.paths.database, work());
  const db = new SqliteDatabase(work());
  try {
    db.pragma('foreign_keys = OFF');
    const { changes } = db.prepare(sql).run();
    expect(changes).toBeGreaterThan(0);
    return verifyDatabase(db, { sealer: openSealer(mesh.controller.config), known: [] }).faults;
  } finally {
    db.close();
  }
}

const addKey = `INSERT INTO admin_keys
  SELECT 'mine', secret_hash, name, role, made_by, made_by_id, created_at_ms, expires_at_ms, last_used_on
  FROM admin_keys LIMIT 1`;

describe('verify', () => {
  it('finds nothing in what the controller has written', () => {
    expect(verifyDatabaseOf(mesh.controller.config, []).faults).toEqual([]);
  });

  it.each([
    [
      `UPDATE policies SET policy = replace(policy, '0.95', '0.05') WHERE version = 2`,
      'policy version 2: its row has another policy',
    ],
    [`UPDATE policies SET hash = 'x' WHERE version = 2`, 'policy version 2: its row has another hash'],
    [
      `UPDATE policies SET configuration_hash = 'x' WHERE version = 1`,
      'policy version 1: its row has another configurationHash',
    ],
    [`UPDATE policies SET why = 'x' WHERE version = 1`, 'policy version 1: its row has another why'],
    [
      'UPDATE policies SET changed_at_ms = 1 WHERE version = 1',
      'policy version 1: its row has another changedAtMs',
    ],
    [
      'UPDATE policies SET applied_at_ms = NULL WHERE version = 2',
      'policy version 2: its row has another appliedAtMs',
    ],
    [
      'UPDATE policies SET applied_epoch = 99 WHERE version = 2',
      'policy version 2: its row has another appliedEpoch',
    ],
    ['DELETE FROM policies WHERE version = 2', 'policy version 2: its row is missing'],
    ['UPDATE policies SET version = 9 WHERE version = 2', 'policy version 9: no entry of the log makes it'],
    [
      `UPDATE officer_sets SET officers = replace(officers, 'alice', 'mallory')`,
      'officer set 1: its row has another officers',
    ],
    ['UPDATE officer_sets SET required = 1', 'officer set 1: its row has another required'],
    [
      'INSERT INTO officer_sets (officers, required) SELECT officers, 1 FROM officer_sets',
      'officer set 2: no entry of the log makes it',
    ],
    [`UPDATE officer_requests SET status = 'authorised'`, ': its row has another status'],
    [
      `UPDATE officer_requests SET request = replace(request, 'taken over', 'fine')`,
      ': its row has another request',
    ],
    [`UPDATE officer_requests SET signatures = '[]'`, ': its row has another signatures'],
    ['UPDATE officer_requests SET expires_at_ms = 1', ': its row has another expiresAtMs'],
    ['DELETE FROM officer_requests', 'officer request 00000000-'],
    [
      `UPDATE classes SET revoked_at_ms = NULL WHERE name = 'gpu'`,
      'class gpu: its row has another revokedAtMs',
    ],
    [`UPDATE classes SET name = 'other' WHERE name = 'gpu'`, 'class other: no entry of the log makes it'],
    [`UPDATE admin_keys SET role = 'operator' WHERE name = 'viewer'`, ': its row has another role'],
    [`UPDATE admin_keys SET name = 'x' WHERE name = 'viewer'`, ': its row has another name'],
    [`UPDATE admin_keys SET made_by = 'system' WHERE name = 'viewer'`, ': its row has another madeBy'],
    [`UPDATE admin_keys SET made_by_id = 'x' WHERE name = 'viewer'`, ': its row has another madeById'],
    [`UPDATE admin_keys SET created_at_ms = 1 WHERE name = 'viewer'`, ': its row has another createdAtMs'],
    [
      `UPDATE admin_keys SET expires_at_ms = expires_at_ms + 86400000 WHERE name = 'ended'`,
      ': its row has another expiresAtMs',
    ],
    [
      `UPDATE admin_keys SET last_used_on = '2020-01-01' WHERE name = 'viewer'`,
      ': its row has another lastUsedOn',
    ],
    [addKey, 'API key mine: no entry of the log makes it'],
    [`UPDATE config_key_lists SET list = '{}'`, ': its row has another list'],
    ['DELETE FROM config_key_lists', ': its row is missing'],
    ['UPDATE next_config_key SET has_switched = 1', ': its row has another hasSwitched'],
    [`UPDATE next_config_key SET public_key = 'mine'`, 'next config key mine: no entry of the log makes it'],
    [
      `UPDATE log_keys SET public_key = 'mine' WHERE state = 'present'`,
      "the log's keys mine: no entry of the log makes it",
    ],
    [
      `UPDATE log_keys SET verifier_keys = 'mine' WHERE state = 'present'`,
      ': its row has another verifierKeys',
    ],
    [`UPDATE log_keys SET state = 'present' WHERE state = 'ended'`, ': its row has another state'],
    [`DELETE FROM spent_keys WHERE node_id = 'node-c'`, 'spent key '],
    [`UPDATE spent_keys SET node_id = 'node-a'`, ': its row has another nodeId'],
    [
      `INSERT INTO spent_keys VALUES ('theirs', 'nobody')`,
      'spent key theirs: no entry of the log enrols its node',
    ],
    [
      `UPDATE nodes SET is_pending = 1 WHERE node_id = 'node-b'`,
      'node node-b: its row has another isPending',
    ],
    [
      `UPDATE nodes SET quarantined_until_ms = 1 WHERE node_id = 'node-b'`,
      'node node-b: its row has another quarantinedUntilMs',
    ],
    [
      `UPDATE nodes SET readmitted = 1 WHERE node_id = 'node-a'`,
      'node node-a: its row has another readmitted',
    ],
    ['UPDATE tokens SET expires_at_ms = expires_at_ms + 1', ': its row has another expiresAtMs'],
    ['UPDATE tokens SET needs_approval = 1', ': its row has another needsApproval'],
    [
      'DELETE FROM state_entries WHERE log_index = (SELECT max(log_index) FROM state_entries)',
      'not noted among those that the start compares rows with',
    ],
    [
      'INSERT INTO state_entries (log_index, node_id) VALUES (100000, NULL)',
      'state_entries: its row 100000 names an entry that the start does not compare rows with',
    ],
  ])('names what was changed by: %s', (sql, named) => {
    expect(faultsAfter(sql).join('\n')).toContain(named);
  });
});
