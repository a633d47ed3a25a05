// Exams survive a restart: what is open goes on, what was acknowledged is there, and nothing is drawn twice.
// The database is verified, sealed again under another key and erased with them in it.

import { readFileSync } from 'node:fs';
import { isItemOf, type OpenedItem } from '@mesh/harness';
import { createEnvelopeSealer } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { decodeBase64 } from '@mesh/primitives';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readExams } from '../../src/store/exam-rows.ts';
import { openSealer } from '../../src/store/open-store.ts';
import { resealAll } from '../../src/store/reseal.ts';
import { verifyDatabase } from '../../src/store/verify/verify-database.ts';
import type { Sealer } from '../../src/trust/at-rest-sealer.ts';
import {
  assignmentOf,
  commitment,
  EXAMS,
  examine,
  nextEpoch,
  poolText,
  result,
  untilClosed,
  untilDrawn,
} from '../support/exams.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

let mesh: RunningMesh;
beforeEach(async () => {
  mesh = await runningMesh(['node-a', 'node-b', 'node-c'], {
    policy: { minResultGapMs: 0, exams: { ...EXAMS, examiners: 2, items: 5 } },
  });
  await mesh.controller.admin.loadPool({ text: poolText(60, { uses: 1 }), reason: 'the first' });
  await untilDrawn(mesh);
});
afterEach(() => mesh[Symbol.asyncDispose]());

const open = () =>
  [...mesh.controller.running.services.view.exams().open()]
    .map(({ examId, nodeId, assignments }) => ({ examId, nodeId, assignments }))
    .sort((one, other) => one.examId.localeCompare(other.examId));

async function restart(): Promise<void> {
  await mesh.controller.restart();
  for (const node of Object.values(mesh.nodes)) node.reconnect();
}

it('an exam that is open goes on after a restart, with what was acknowledged, and is not drawn again', async () => {
  const b = mesh.node('node-b');
  const assignment = await assignmentOf(b, 'node-a');
  const grading = await b.client.commitExam(commitment(b, assignment.exam_id));
  const before = open();
  await restart();
  expect(open()).toEqual(before);
  await nextEpoch(mesh);
  expect(open().filter(({ nodeId }) => nodeId === 'node-a')).toHaveLength(1);
  expect(await assignmentOf(b, 'node-a')).toEqual(assignment);
  expect(await b.client.commitExam(commitment(b, assignment.exam_id))).toEqual(grading);
  await b.client.answerExam(result(b, assignment, 1));
  await examine(mesh.node('node-c'), 'node-a', 1);
  await untilClosed(mesh, 'node-a');
  const evidence = mesh.controller.running.services.view.node('node-a')?.exams?.evidence;
  expect(evidence?.last).toMatchObject({ examId: assignment.exam_id, examiners: 2 });
  await restart();
  expect(mesh.controller.running.services.view.node('node-a')?.exams?.evidence).toEqual(evidence);
  expect((await mesh.controller.admin.exam(assignment.exam_id)).state).toBe('closed');
});

it('an exam that is open goes on under a master key that replaced the one it was drawn under', async () => {
  const { admin } = mesh.controller;
  const b = mesh.node('node-b');
  const assignment = await assignmentOf(b, 'node-a');
  await b.client.commitExam(commitment(b, assignment.exam_id));
  const before = open();
  await admin.rotateMasterKey({ reason: 'it is time' });
  await waitUntil('the new key', async () => (await admin.masterKeyStatus()).status === 'idle');
  await restart();
  expect(open()).toEqual(before);
  await b.client.answerExam(result(b, assignment, 1));
  await examine(mesh.node('node-c'), 'node-a', 1);
  await untilClosed(mesh, 'node-a');
  expect((await admin.exam(assignment.exam_id)).verdict).toMatchObject({ by: 'agreeing' });
});

it('an exam whose time was over while the controller was down is closed after the start', async () => {
  expect(open()).toHaveLength(3);
  await mesh.controller.stop();
  mesh.clock.advance(EXAMS.answerWithinMs);
  await mesh.controller.start();
  await mesh.clock.advance(1);
  await untilClosed(mesh, 'node-a');
  const { exams } = await mesh.controller.admin.exams();
  expect(exams.filter(({ state }) => state === 'closed')).toHaveLength(3);
  expect(exams[0]?.verdict).toMatchObject({ outcome: 'none' });
});

describe('the database', () => {
  /** With exams that are open and one that is closed, and items that are used up. */
  async function atRest(): Promise<InstanceType<typeof SqliteDatabase>> {
    for (const examiner of ['node-b', 'node-c']) await examine(mesh.node(examiner), 'node-a', 1);
    await untilClosed(mesh, 'node-a');
    await mesh.controller.stop();
    return new SqliteDatabase(mesh.controller.paths.database);
  }
  const faults = (db: InstanceType<typeof SqliteDatabase>) =>
    verifyDatabase(db, { sealer: openSealer(mesh.controller.config), known: [] }).faults;

  it('verifies, and names every row of an exam that is another', async () => {
    const db = await atRest();
    expect(faults(db)).toEqual([]);
    for (const [sql, fault] of [
      ["UPDATE exam_pools SET retired = '[0]'", 'retired items'],
      ["UPDATE exam_pools SET name = 'other'", 'another name'],
      ['UPDATE exam_pools SET withdrawn = 1', 'whether it is withdrawn'],
      ['DELETE FROM exams WHERE closed_at_ms IS NULL', 'its row is missing'],
      ['UPDATE exams SET closed_at_ms = NULL', 'the log does not say so'],
      [
        "INSERT INTO examiners (node_id, outvoted_in, suspended_by, suspended_at_ms) VALUES ('node-b', '[]', '0', 1)",
        'suspended examiner node-b',
      ],
    ] as const) {
      db.exec('BEGIN');
      db.exec(sql);
      expect(verifyInside(db).join(), sql).toContain(fault);
      db.exec('ROLLBACK');
    }
    db.close();
  });

  /** `verifyDatabase` has a transaction of its own. */
  function verifyInside(db: InstanceType<typeof SqliteDatabase>): readonly string[] {
    db.exec('COMMIT');
    const found = faults(db);
    db.exec('BEGIN');
    return found;
  }

  it('is read where an earlier version has kept an outvote as the id of the exam alone', async () => {
    const db = await atRest();
    const kept = JSON.stringify(['0'.repeat(32), { examId: '1'.repeat(32), examined: 'node-a' }]);
    db.prepare("INSERT INTO examiners (node_id, outvoted_in) VALUES ('node-b', ?)").run(kept);
    expect([...readExams(db, openSealer(mesh.controller.config)).examiners]).toEqual([
      {
        nodeId: 'node-b',
        outvotes: [{ examId: '0'.repeat(32) }, { examId: '1'.repeat(32), examined: 'node-a' }],
        suspendedBy: undefined,
      },
    ]);
    db.close();
  });

  it('holds no item, salt or challenge in the clear, and opens under another key once it is sealed again', async () => {
    const { view } = mesh.controller.running.services;
    const pool = [...view.exams().pools()][0];
    const secrets = [
      pool?.items[29]?.item.prompt ?? '',
      pool?.items[29]?.salt ?? '',
      ...[...view.exams().open()].map(({ challenge }) => challenge.challenge),
      view.node('node-b')?.exams?.next.challenge ?? '',
    ];
    const db = await atRest();
    db.pragma('wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(mesh.controller.paths.database).toString('latin1');
    for (const secret of secrets.slice(0, 2)) expect(bytes).not.toContain(secret);
    expect(bytes).not.toContain(secrets.at(-1));
    const other = new Uint8Array(32).fill(9);
    const envelopes = createEnvelopeSealer(other);
    const next: Sealer = {
      seal: (purpose, aad, plaintext) => envelopes.seal({ purpose, aad }, plaintext),
      open: (purpose, aad, sealed) => envelopes.open({ purpose, aad }, sealed),
    };
    resealAll(db, openSealer(mesh.controller.config), next);
    expect(verifyDatabase(db, { sealer: next, known: [] }).faults).toEqual([]);
    db.close();
  });
});

it('an erasure of a node takes its exams that are closed, and the grades in the log', async () => {
  for (const examiner of ['node-b', 'node-c']) await examine(mesh.node(examiner), 'node-a', 1);
  await untilClosed(mesh, 'node-a');
  const { admin } = mesh.controller;
  const [closed] = (await admin.exams()).exams.filter(({ state }) => state === 'closed');
  const grades = async () =>
    (await admin.log({ limit: 1_000 })).entries
      .map(({ entry }) => entry as unknown as { type: string; data: { exam_id: string }; revealed?: object })
      .filter(({ type, data }) => type === 'exam_result' && data.exam_id === closed?.exam_id)
      .map(({ revealed }) => revealed !== undefined);
  expect(await grades()).toEqual([true, true]);
  await admin.eraseNode('node-a', 'asked');
  expect(await grades()).toEqual([false, false]);
  await expect(admin.exam(closed?.exam_id ?? '')).rejects.toThrow(/not_found/);
  // Those of the others go on.
  expect(open().length).toBeGreaterThan(0);
});

it('an erasure of a node that is examined cancels the exam, and takes the grades that it has by then', async () => {
  await examine(mesh.node('node-c'), 'node-a', 0);
  const assignment = await assignmentOf(mesh.node('node-b'), 'node-a');
  const { admin } = mesh.controller;
  await admin.eraseNode('node-a', 'asked');
  await expect(admin.exam(assignment.exam_id)).rejects.toThrow(/not_found/);
  const entries = (await admin.log({ limit: 1_000 })).entries
    .map(({ entry }) => entry as unknown as { type: string; data: { exam_id?: string }; revealed?: object })
    .filter(({ data }) => data.exam_id === assignment.exam_id);
  expect(entries.map(({ type, revealed }) => [type, revealed])).toEqual([
    ['exam_drawn', undefined],
    ['exam_committed', undefined],
    ['exam_result', undefined],
    ['exam_closed', undefined],
  ]);
  expect(entries.at(-1)?.data).toMatchObject({ cancelled: 'erased', results: 0 });
  await expect(
    mesh.node('node-b').client.commitExam(commitment(mesh.node('node-b'), assignment.exam_id)),
  ).rejects.toThrow(/state_conflict/);
  expect(mesh.controller.running.services.view.node('node-a')?.membership).toBe('admitted');
  await mesh.controller.stop();
  const db = new SqliteDatabase(mesh.controller.paths.database);
  expect(verifyDatabase(db, { sealer: openSealer(mesh.controller.config), known: [] }).faults).toEqual([]);
  db.close();
});

it('items that are used up are opened with proofs once no exam is about them', async () => {
  const { controller } = mesh;
  expect((await controller.public.openedItems('chat')).items).toEqual([]);
  const asked = () => new Set(open().flatMap(({ assignments }) => assignments.flatMap(({ items }) => items)));
  const [first, exams] = [asked(), open()];
  await mesh.clock.advance(EXAMS.answerWithinMs);
  const { view } = controller.running.services;
  await waitUntil('the first exams to be closed', () =>
    exams.every(({ examId }) => view.exams().exam(examId) === undefined),
  );
  expect([...asked()].filter((index) => first.has(index))).toEqual([]);
  const opened = await controller.public.openedItems('chat');
  expect(opened.items.map(({ index }) => index)).toEqual([...first].sort((a, b) => a - b));
  for (const item of opened.items)
    expect(isItemOf({ root: decodeBase64(opened.root), size: opened.size }, item as OpenedItem)).toBe(true);
  expect(await controller.admin.openedItems('chat')).toEqual(opened);
});
