// What nodes were told is in the log: a proof shows the digest of every config and notice that a node got,
// and what is kept of it is erased and verified like all that is kept beside the log.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  parseProofFile,
  parseToldAnswer,
  renderProofFile,
  type ToldInLog,
  verifyProof,
  verifyTold,
} from '@mesh/evidence';
import { parseNodeId, toHex } from '@mesh/primitives';
import { answerDigest } from '@mesh/protocol';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openSealer } from '../../src/store/open-store.ts';
import { verifyDatabase } from '../../src/store/verify/verify-database.ts';
import { openNextEpoch, until } from '../support/index.ts';
import { reportOf, trustOf } from '../support/proofs.ts';
import { fullConfig, problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const NAMES = ['node-a', 'node-b', 'node-c'];

/** Records what was told, and publishes it. */
async function recordTold({ controller, clock }: RunningMesh): Promise<void> {
  const { admin } = controller;
  const count = async () => (await admin.log({ limit: 1_000, type: 'configs_told' })).entries.length;
  const before = await count();
  await clock.advance(30_000);
  await until('what was told to be recorded', async () => (await count()) > before);
  await openNextEpoch(controller);
}

const hexOf = (kind: 'config' | 'removal_notice', raw: object) => toHex(answerDigest(kind, raw));

function verdictOn({ controller }: RunningMesh, sql = '') {
  const db = new SqliteDatabase(controller.paths.database);
  try {
    db.exec(`BEGIN; ${sql}`);
    const sealer = openSealer(controller.config);
    const own = Object.create(db, { exec: { value: () => undefined } }) as typeof db;
    return verifyDatabase(own, { sealer, known: [] });
  } finally {
    db.exec('ROLLBACK');
    db.close();
  }
}

/** What waits to be recorded. */
const waitingIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('told-'));

/** `node-a` is cut: it is told so, and `node-b` gets the notice. */
async function cutOne(mesh: RunningMesh) {
  const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
  const own = await b.config();
  await a.submit(0.4);
  const notice = await b.configOrNotice({ version: own?.body.version ?? '', waitSeconds: 0 });
  const denial = await a.config();
  if (own === undefined || denial === undefined || notice?.kind !== 'notice')
    throw new Error('a config, a denial and a notice were to come');
  return { own, denial, notice };
}

describe('what a node was told', () => {
  it('is shown with a decision: each digest is of the bytes that the node got', async () => {
    await using mesh = await runningMesh(NAMES);
    const { own, denial, notice } = await cutOne(mesh);
    await recordTold(mesh);
    const report = await reportOf(mesh, 'node-a', { denial: true });
    expect(report.verdict).toBe('proven');
    expect(report.told?.at(-1)).toMatchObject({
      kind: 'config',
      sha256: hexOf('config', denial.raw),
      allowed: false,
      reasonCode: 'below_threshold',
    });
    expect(report.steps.at(-1)).toMatchObject({ step: 'told', outcome: 'shown' });
    expect(report.steps.at(-1)?.sentence).toContain('out (below_threshold)');
    const epoch = own.body.epoch_id;
    const other = await reportOf(mesh, 'node-b', { epoch });
    expect(other.told?.map(({ epochId, kind, sha256 }) => ({ epochId, kind, sha256 }))).toEqual([
      { epochId: epoch, kind: 'config', sha256: hexOf('config', own.raw) },
      { epochId: epoch, kind: 'removal_notice', sha256: hexOf('removal_notice', notice.raw) },
    ]);
  });

  it('is recorded at the end of a run, and is there after a restart', async () => {
    await using mesh = await runningMesh(NAMES);
    const { denial } = await cutOne(mesh);
    await mesh.controller.restart();
    await openNextEpoch(mesh.controller);
    const { told } = await reportOf(mesh, 'node-a', { denial: true });
    expect(told?.map(({ sha256 }) => sha256)).toContain(hexOf('config', denial.raw));
  });

  it('is recorded from the file that a killed process has left, and only what the log lacks', async () => {
    await using mesh = await runningMesh(NAMES);
    const { controller } = mesh;
    const folder = controller.config.data_dir;
    const { denial } = await cutOne(mesh);
    const left = waitingIn(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
    await controller.restart();
    expect(waitingIn(folder)).toEqual([]);
    const entriesOf = async () =>
      (await controller.admin.log({ limit: 1_000, type: 'configs_told' })).entries;
    const before = await entriesOf();
    const [name, text] = left[0] ?? ['', ''];
    const line = JSON.parse(text.split('\n')[0] ?? '') as object;
    const lacking = JSON.stringify({ ...line, nodes: ['node-c'], version: 'another' });
    writeFileSync(join(folder, name), `${text}${lacking}\nno line\n`);
    await controller.restart();
    await until('the file to be recorded', async () => (await entriesOf()).length > before.length);
    const [added, ...others] = (await entriesOf()).filter(
      ({ index }) => !before.some((known) => known.index === index),
    );
    expect(added?.entry.data).toEqual({ nodes: 1, root: expect.any(String), lost: 1, recovered: true });
    expect(others).toEqual([]);
    await openNextEpoch(controller);
    const { told } = await reportOf(mesh, 'node-a', { denial: true });
    expect(told?.filter(({ sha256 }) => sha256 === hexOf('config', denial.raw))).toHaveLength(1);
    expect(verdictOn(mesh).faults).toEqual([]);
  });

  it('is recorded later where the disk refuses at first', async () => {
    await using mesh = await runningMesh(NAMES);
    const { own } = await cutOne(mesh);
    mesh.controller.failWrites(true);
    await mesh.clock.advance(30_000);
    mesh.controller.failWrites(false);
    await recordTold(mesh);
    const { told } = await reportOf(mesh, 'node-b', { epoch: own.body.epoch_id });
    expect(told?.[0]?.sha256).toBe(hexOf('config', own.raw));
  });

  it('is shown to the node itself, page after page, and not what another one was told', async () => {
    await using mesh = await runningMesh(NAMES);
    const { own } = await cutOne(mesh);
    const b = mesh.node('node-b');
    const digests = [hexOf('config', own.raw)];
    for (let epochs = 0; epochs < 9; epochs++) {
      await recordTold(mesh);
      digests.push(hexOf('config', (await b.config())?.raw ?? {}));
    }
    await recordTold(mesh);
    const trust = await trustOf(mesh);
    const pages: ToldInLog[][] = [];
    const epochId = own.body.epoch_id;
    for (let from: number | null = 0; from !== null; ) {
      const answer = parseToldAnswer(await b.client.told({ epochId, from }));
      const who = { meshId: own.body.mesh_id, nodeId: own.body.node_id };
      pages.push(verifyTold(answer, who, trust));
      expect(() => verifyTold(answer, { ...who, nodeId: parseNodeId('node-a') }, trust)).toThrow(
        expect.objectContaining({ code: 'refuted' }),
      );
      from = answer.next;
    }
    expect(pages).toHaveLength(2);
    const shown = new Set(pages.flat().map(({ sha256 }) => sha256));
    expect(digests.filter((digest) => !shown.has(digest))).toEqual([]);
    const later = parseToldAnswer(await b.client.told({ epochId: epochId + 1_000, from: 0 }));
    expect(later).toMatchObject({ told: [], next: null });
    const other = mesh.node('node-a').client;
    await expect(problemOf(Promise.resolve(other.told({ epochId: -1, from: 0 })))).resolves.toMatchObject({
      code: 'invalid_parameter',
    });
  });

  it('is not to be changed, moved or left out in a file', async () => {
    await using mesh = await runningMesh(NAMES);
    await cutOne(mesh);
    await recordTold(mesh);
    const trust = await trustOf(mesh);
    const file = parseProofFile(await mesh.controller.admin.proof('node-a', { denial: true }));
    const [part] = file.told ?? [];
    const [telling] = part?.tellings ?? [];
    if (part === undefined || telling === undefined) throw new Error('the file has to show something');
    const faultOf = (changes: Partial<typeof part>) => {
      const changed = parseProofFile(renderProofFile({ ...file, told: [{ ...part, ...changes }] }));
      const last = verifyProof(changed, trust).steps.at(-1);
      return last?.outcome === 'refuted' ? last.code : last?.outcome;
    };
    expect(faultOf({})).toBe('shown');
    const sha256 = '0'.repeat(64);
    expect(faultOf({ tellings: [{ ...telling, sha256 }, ...part.tellings.slice(1)] })).toBe('told_differs');
    expect(faultOf({ tellings: [...part.tellings, telling] })).toBe('told_differs');
    expect(faultOf({ place: part.place + 1 })).toBe('told_differs');
    expect(faultOf({ salt: new Uint8Array(32) })).toBe('told_differs');
    expect(faultOf({ leaf_path: [] })).toBe('told_differs');
    const { index, entry, path } = file.entries[0] as (typeof file.entries)[number];
    expect(faultOf({ index, entry, path })).toBe('wrong_entry');
    expect(faultOf({ path: [] })).toBe('entry_not_in_log');
    expect(verifyProof({ ...file, told: [part, part] }, trust).steps.at(-1)).toMatchObject({
      code: 'wrong_order',
    });
  });
});

describe('what is kept of it', () => {
  it('goes with the details of one node, and what others were told can still be shown', async () => {
    await using mesh = await runningMesh(NAMES);
    const { own } = await cutOne(mesh);
    await recordTold(mesh);
    expect((await reportOf(mesh, 'node-a')).told).toBeDefined();
    await mesh.controller.admin.eraseNode('node-a', 'the person asked for it');
    expect((await reportOf(mesh, 'node-a', { denial: true })).told).toBeUndefined();
    const other = await reportOf(mesh, 'node-b', { epoch: own.body.epoch_id });
    expect(other.told?.[0]?.sha256).toBe(hexOf('config', own.raw));
    expect(verdictOn(mesh).faults).toEqual([]);
  });

  it('is compared with the log: what was changed in the database is named', async () => {
    await using mesh = await runningMesh(NAMES);
    await fullConfig(mesh.node('node-a'));
    await recordTold(mesh);
    expect(verdictOn(mesh).faults).toEqual([]);
    const moved = verdictOn(mesh, 'UPDATE configs_told SET log_index = 0');
    expect(moved.faults).toEqual([expect.stringContaining('does not open with the master key')]);
    const other = verdictOn(mesh, 'UPDATE configs_told SET epoch_id = epoch_id + 1');
    expect(other.faults).toEqual([expect.stringContaining('is not what the entry commits to')]);
  });
});
