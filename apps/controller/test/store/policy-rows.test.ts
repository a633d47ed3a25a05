// What is known of policies is the same after a restart, whatever was accepted and applied before it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openSqlite } from '@mesh/host';
import {
  adoptConfigured,
  applyEvent,
  applyPendingPolicy,
  type Command,
  changePolicy,
  done,
  MeshDraft,
  MeshState,
} from '@mesh/membership';
import { parseEpochId, parseMeshId, sha256Hex } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrations } from '../../src/store/migrations/index.ts';
import { PolicyRows, readPolicies } from '../../src/store/policy-rows.ts';

const allow = () => done([]);
/** A stricter policy with each call. */
const policyAt = (at: number) => parsePolicy({ threshold: 0.5 + at / 100 });
const set = (at: number, atOnce: boolean): Command =>
  changePolicy({ policy: policyAt(at), why: 'x', actor: { kind: 'socket' }, atOnce }, allow);

const configurationAt = (at: number) => sha256Hex(new Uint8Array(32).fill(at + 1));

/** What can happen at step `at`. */
const steps: Readonly<Record<string, (at: number) => Command>> = {
  configured: (at) =>
    adoptConfigured({ policy: policyAt(at), configurationHash: configurationAt(at) }, allow),
  set: (at) => set(at, false),
  'set at once': (at) => set(at, true),
  boundary: (at) => applyPendingPolicy(parseEpochId(at + 1)),
};

/** Every order of the steps up to this length. */
function ordersOf(length: number): string[][] {
  if (length === 0) return [[]];
  return ordersOf(length - 1).flatMap((order) => [
    order,
    ...(order.length === length - 1 ? Object.keys(steps).map((step) => [...order, step]) : []),
  ]);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-policies-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What is known after these steps, in memory and read from the disk. */
function runThrough(order: readonly string[], db: Database) {
  db.exec('DELETE FROM policies');
  const rows = new PolicyRows(db);
  const state = new MeshState(parseMeshId('testmesh'));
  const before = state.policies();
  for (const [at, step] of order.entries()) {
    const context = { nowMs: 1_000 + at, policy: policyAt(0), stalenessWaived: false };
    const { events } = (steps[step] as (at: number) => Command)(at)(state, context);
    const draft = new MeshDraft(state);
    for (const event of events) applyEvent(draft, event, context.nowMs, context.policy);
    const changes = draft.changes();
    if (changes.policies !== undefined) rows.write(changes.policies);
    state.merge(changes);
  }
  return { inMemory: state.policies(), onDisk: readPolicies(db) ?? before };
}

it('every order of four steps reads back as it was', () => {
  const db = openSqlite(join(folder, 'controller.db'), { migrations });
  const lost = ordersOf(4).filter((order) => {
    const { inMemory, onDisk } = runThrough(order, db);
    return !isDeepStrictEqual(inMemory, onDisk);
  });
  expect(lost.map((order) => order.join(', '))).toEqual([]);
  db.close();
});

it("an operator's policy that waits is not replaced by the configuration's older one", () => {
  const db = openSqlite(join(folder, 'controller.db'), { migrations });
  const { onDisk } = runThrough(['configured', 'boundary', 'configured', 'set'], db);
  expect(onDisk.pending).toMatchObject({ version: 3, configurationHash: undefined });
  expect(onDisk.configurationHash).toBe(configurationAt(2));
  db.close();
});
