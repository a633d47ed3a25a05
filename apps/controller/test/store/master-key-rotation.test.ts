// A new master key: everything that is sealed opens with it, nothing with the old one, and a run that is
// killed at any point can be run again.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@mesh/host';
import { underStrace, variants } from '@mesh/host/test-kit';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { initController } from '../../src/init.ts';
import { rotateMasterKeyOf } from '../../src/rotate-master-key.ts';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { sealedColumns } from '../../src/store/sealed-columns.ts';
import { readKeyFile, sealerUnder } from '../../src/trust/master-key.ts';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';

let directory: string;
let config: string;
/** Made once; each test has a copy. */
let template: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-rotate-'));
  expect(runController(['init', '-c', writeConfig(directory)]).code).toBe(0);
  addRows();
  template = directory;
});
afterAll(() => rmSync(template, { recursive: true, force: true }));
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-rotate-'));
  cpSync(template, directory, { recursive: true });
  config = writeConfig(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string) => join(directory, name);
const database = () => new SqliteDatabase(at('data/controller.db'));
const keyIn = (name: string) => sealerUnder(readKeyFile(at(name)));
const rotate = (under: string[] = []) =>
  runController(['rotate-master-key', '--json', '-c', config], {}, under);

/** A row with a sealed text in every column that has any, besides the controller's keys. */
function addRows(): void {
  const sealer = keyIn('master.key');
  const db = database();
  // The rows need not make sense as a mesh.
  db.pragma('foreign_keys = OFF');
  db.pragma('ignore_check_constraints = ON');
  const text = (purpose: string, subject: string) => sealer.seal(purpose, subject, Buffer.from('planted'));
  const batch = db.prepare('INSERT INTO log_detail_batches VALUES (?, ?, ?)');
  for (let first = 0; first < 2_500; first++)
    batch.run(first, first + 1, text('log-detail-batch', `${first}-${first + 1}`));
  db.prepare('INSERT INTO log_details VALUES (?, ?, ?)').run(7, 'node-a', text('log-details', '7'));
  const latest = text('latest-benchmark', 'node-a');
  addRow(db, 'nodes', { node_id: 'node-a', status: 'active', latest });
  addRow(db, 'configs_told', { log_index: 7, sealed: text('configs-told', '7') });
  addRow(db, 'newest_messages', {
    node_id: 'node-a',
    log_index: 7,
    sealed: text('newest-message', 'node-a 7'),
  });
  addRow(db, 'exam_pools', { root: 'the root', sealed: text('exam-pool', 'the root') });
  addRow(db, 'exams', { exam_id: 'the exam', sealed: text('exam', 'the exam') });
  addRow(db, 'node_exams', { node_id: 'node-a', sealed: text('node-exams', 'node-a') });
  db.close();
}

/** With these values, and something in every other column that must have a value. */
function addRow(db: SqliteDatabase.Database, table: string, known: Readonly<Record<string, unknown>>): void {
  const columns = db.pragma(`table_info(${table})`) as {
    name: string;
    type: string;
    notnull: number;
    dflt_value: unknown;
  }[];
  const filled = columns.filter(({ notnull, dflt_value }) => notnull === 1 && dflt_value === null);
  const values: Record<string, unknown> = {
    ...Object.fromEntries(
      filled.map(({ name, type }) => [name, type === 'TEXT' ? name : type === 'BLOB' ? Buffer.alloc(1) : 0]),
    ),
    ...known,
  };
  const names = Object.keys(values);
  db.prepare(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`).run(
    ...Object.values(values),
  );
}

/** How many sealed values of each table open with a key. */
function openedBy(keyFile: string): Record<string, number> {
  const sealer = keyIn(keyFile);
  const db = database();
  const counts = sealedColumns.map(({ table, column, purpose, subject }) => {
    const rows = db
      .prepare(
        `SELECT CAST(${subject} AS TEXT) AS subject, ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL`,
      )
      .all() as { subject: string; sealed: Uint8Array }[];
    const opened = rows.filter(({ subject: belongsTo, sealed }) => {
      try {
        sealer.open(purpose, belongsTo, sealed);
        return true;
      } catch {
        return false;
      }
    });
    return [table, opened.length] as const;
  });
  db.close();
  return Object.fromEntries(counts);
}

const ALL = {
  ...Object.fromEntries(sealedColumns.map(({ table }) => [table, 1])),
  sealed_secrets: 4,
  log_detail_batches: 2_500,
};
const NONE = Object.fromEntries(sealedColumns.map(({ table }) => [table, 0]));

describe('mesh-controller rotate-master-key', () => {
  it('seals everything again under a new key, and nothing opens with the old one', () => {
    writeFileSync(at('old.key'), readFileSync(at('master.key')), { mode: 0o600 });
    expect(openedBy('master.key')).toEqual(ALL);
    const done = rotate();
    expect([done.code, done.err]).toEqual([0, '']);
    expect(JSON.parse(done.out)).toMatchObject({ outcome: 'rotated', resealed: 2_511 });
    expect(openedBy('master.key')).toEqual(ALL);
    expect(openedBy('old.key')).toEqual(NONE);
    expect(runController(['init', '--json', '-c', config]).code).toBe(0);
  });

  it('leaves no byte of an old envelope in the files of the database', () => {
    const db = database();
    const { sealed } = db.prepare("SELECT sealed FROM sealed_secrets WHERE name = 'ca'").get() as {
      sealed: Buffer;
    };
    db.close();
    const holds = () => readFileSync(at('data/controller.db')).includes(sealed.subarray(1, 40));
    expect(holds()).toBe(true);
    rotate();
    expect(holds()).toBe(false);
  });

  it.each(
    variants<[call: string, when: number, file?: string]>(
      [
        ['openat', 1, 'master.key.next'],
        ['fsync', 4],
        ['pwrite64', 40],
        ['rename', 2],
        ['unlink', 1],
      ],
      [
        ['rename', 1],
        ['fsync', 1],
        ['fsync', 2],
        ['fsync', 3],
        ['fsync', 5],
        ['fsync', 6],
        ['fsync', 7],
        ['pwrite64', 3],
        ['pwrite64', 400],
        ['rename', 3],
        ['unlink', 2],
        ['unlink', 3],
      ],
    ),
  )(
    'killed at %s number %d (%s) leaves a key that opens all, and can be run again',
    async (call, when, file) => {
      const only = file === undefined ? [] : ['-P', at(file)];
      const killed = rotate(['timeout', '60', ...underStrace(call, `signal=KILL:when=${when}`), ...only]);
      // Where there is no such call any more, the run has ended as usual.
      if (killed.signal === null) expect(killed.code).toBe(0);
      // `init` opens the database as `serve` does, and ends an interrupted rotation.
      const { config: settings } = loadSettings({ file: config, env: {}, flags: {}, interfaces: undefined });
      await initController(settings, systemClock);
      expect(openedBy('master.key')).toEqual(ALL);
      expect(rotateMasterKeyOf(settings, systemClock)).toMatchObject({ outcome: 'rotated', resealed: 2_511 });
      expect(openedBy('master.key')).toEqual(ALL);
    },
  );

  it('ends a run that had sealed everything, and says so', () => {
    const killed = rotate([
      'timeout',
      '60',
      ...underStrace('unlink', 'signal=KILL:when=1'),
      '-P',
      at('master.key.next'),
    ]);
    expect(killed.signal).toBe('SIGKILL');
    expect(JSON.parse(rotate().out)).toEqual({
      masterKeyFile: at('master.key'),
      outcome: 'resumed',
      resealed: 0,
    });
    expect(openedBy('master.key')).toEqual(ALL);
  });

  it('keeps both keys if neither opens the database', () => {
    for (const name of ['master.key', 'master.key.next'])
      writeFileSync(at(name), Buffer.alloc(32, 1), { mode: 0o600 });
    const refused = rotate();
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('neither')]);
    for (const name of ['master.key', 'master.key.next']) expect(readFileSync(at(name))).toHaveLength(32);
  });

  it('changes nothing with a wrong key, or while a controller runs', async () => {
    const db = database();
    // A mesh without nodes: the rows of the other tests make no sense to a controller.
    for (const { table } of sealedColumns.toReversed().filter(({ table }) => table !== 'sealed_secrets'))
      db.exec(`DELETE FROM ${table}`);
    db.close();
    const running = await serveController(config);
    expect(rotate()).toMatchObject({ code: 5, err: expect.stringContaining('while the controller is down') });
    await running.kill();
    const before = openedBy('master.key');
    const right = readFileSync(at('master.key'));
    writeFileSync(at('master.key'), Buffer.alloc(32, 1), { mode: 0o600 });
    expect(rotate()).toMatchObject({ code: 2, err: expect.stringContaining('does not open') });
    writeFileSync(at('master.key'), right, { mode: 0o600 });
    expect(openedBy('master.key')).toEqual(before);
  });
});

describe('the list of sealed columns', () => {
  it('has every column of bytes but those that are not sealed', () => {
    const schema = readFileSync(join(import.meta.dirname, '../../src/store/schema.sql'), 'utf8');
    const columns = [...schema.matchAll(/CREATE TABLE (\w+) \(([\s\S]*?)\n\) STRICT/g)].flatMap(
      ([, table, body = '']) =>
        [...body.matchAll(/^ {2}(\w+) BLOB/gm)].map(([, column]) => `${table}.${column}`),
    );
    const open = ['log_entries.entry', 'log_heads.root', 'log_tiles.hashes', 'moved_tiles.root'];
    expect(columns.filter((column) => !open.includes(column)).sort()).toEqual(
      sealedColumns.map(({ table, column }) => `${table}.${column}`).sort(),
    );
  });
});

describe('a master key in the environment', () => {
  const KEY = Buffer.alloc(32, 5).toString('base64');
  const inEnvironment = () =>
    writeConfig(directory, { data_dir: at('other'), master_key_env: 'MESH_MASTER_KEY' });

  it('opens what was sealed with it, and no file is made', () => {
    const file = inEnvironment();
    const made = runController(['init', '--json', '-c', file], { MESH_MASTER_KEY: KEY });
    expect([made.code, made.err]).toEqual([0, '']);
    expect(JSON.parse(made.out)).toMatchObject({
      masterKeyFile: 'the variable MESH_MASTER_KEY',
      masterKeyCreated: false,
    });
    expect(runController(['init', '-c', file], { MESH_MASTER_KEY: `${KEY}\n` }).code).toBe(0);
  });

  it.each([
    [undefined, 'is not set'],
    ['', 'is not set'],
    [Buffer.alloc(31, 5).toString('base64'), 'holds no master key'],
    [`${'A'.repeat(42)}!=`, 'holds no master key'],
  ])('is refused if it is %j, and never shown', (value, fault) => {
    const env = value === undefined ? {} : { MESH_MASTER_KEY: value };
    const refused = runController(['init', '-c', inEnvironment()], env as Record<string, string>);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining(fault)]);
    if (value) expect(refused.err + refused.out).not.toContain(value.slice(0, 20));
  });

  it('of another database does not open this one, and is not rotated here', () => {
    const file = inEnvironment();
    runController(['init', '-c', file], { MESH_MASTER_KEY: KEY });
    const other = { MESH_MASTER_KEY: Buffer.alloc(32, 6).toString('base64') };
    expect(runController(['init', '-c', file], other)).toMatchObject({
      code: 2,
      err: expect.stringContaining('does not open'),
    });
    const refused = runController(['rotate-master-key', '-c', file], { MESH_MASTER_KEY: KEY });
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('write it to a file') });
  });
});
