// A log that was written anew as a whole, with its tiles, heads and rows, is found by the head that witnesses
// have cosigned: by the one that the database keeps, and by the one that the witnesses show.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseNote, renderNote } from '@mesh/audit';
import { waitUntil } from '@mesh/host/test-kit';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askWitnessesOf, verifyDatabaseOf } from '../../src/verify.ts';
import { runController, writeConfig } from '../support/controller-process.ts';
import { type ConfigInput, startTestController, type TestController } from '../support/index.ts';
import { RealWitness } from '../support/real-witness.ts';

const ORIGIN = '127.0.0.1/testmesh';
const KEPT = 'log_cosigned_checkpoint';

let directory: string;
let witness: RealWitness;
/** Demands the witness's cosignature. */
let config: TestController['config'];
let honest: string;
let rewritten: string;
/** What the honest database keeps, and its size. */
let note: string;
let size: number;
const at = (name: string) => join(directory, name);
const start = (log: ConfigInput['log']): Promise<TestController> =>
  startTestController({ directory, config: { log, epoch_seconds: 3_600 } });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'mesh-rewritten-'));
  witness = new RealWitness(directory, ORIGIN);
  const first = await start({});
  const { verifierKeys } = first.running.services.logKeys;
  await first.close();
  cpSync(at('data'), at('before'), { recursive: true });
  await witness.start(verifierKeys);
  const controller = await start({
    witnesses: [{ url: witness.url, keys: witness.keys }],
    required_cosignatures: 1,
  });
  config = controller.config;
  await controller.admin.rotate();
  const { publishedLog, journal } = controller.running.services;
  await waitUntil('a cosigned head', () => publishedLog.head().size === journal.head().size);
  size = publishedLog.head().size;
  note = publishedLog.checkpoint() ?? '';
  await controller.close();
  honest = at('honest');
  cpSync(at('data'), honest, { recursive: true });

  // The same keys sign another history, and nothing in its tables says so.
  rmSync(at('data'), { recursive: true });
  cpSync(at('before'), at('data'), { recursive: true });
  const other = await start({});
  while (other.running.services.journal.head().size <= size) await other.token();
  await other.admin.rotate();
  await other.close();
  rewritten = at('rewritten');
  cpSync(at('data'), rewritten, { recursive: true });
});
afterAll(async () => {
  await witness.kill();
  rmSync(directory, { recursive: true, force: true });
});

const of = (dataDir: string, required = 1): TestController['config'] => ({
  ...config,
  data_dir: dataDir,
  log: { ...config.log, required_cosignatures: required },
});
/** A copy of a database that keeps this note. */
function keeping(dataDir: string, kept: string | undefined): string {
  const copy = mkdtempSync(join(directory, 'copy-'));
  cpSync(dataDir, copy, { recursive: true });
  const db = new SqliteDatabase(join(copy, 'controller.db'));
  db.prepare('DELETE FROM meta WHERE key = ?').run(KEPT);
  if (kept !== undefined) db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)').run(KEPT, kept);
  db.close();
  return copy;
}
const faultsOf = (dataDir: string, required?: number) => verifyDatabaseOf(of(dataDir, required), []).faults;

it('the honest database verifies, and the cosigned head is named', async () => {
  expect(parseNote(note).signatures.length).toBeGreaterThan(2);
  const kept = `the head of ${size} entries of the kept head, cosigned by ${witness.url}`;
  expect(verifyDatabaseOf(of(honest), [])).toMatchObject({ faults: [], comparedWith: [kept] });
  const { heads, silent } = await askWitnessesOf(of(honest));
  expect(silent).toEqual([]);
  expect(verifyDatabaseOf(of(honest), [], undefined, heads)).toMatchObject({
    faults: [],
    comparedWith: [kept, expect.stringMatching(/^the head of \d+ entries of the witness http/)],
  });
});

it('a database that was rewritten whole is found by the note that it keeps', () => {
  expect(faultsOf(rewritten, 0)).toEqual([]);
  for (const required of [0, 1])
    expect(faultsOf(keeping(rewritten, note), required)).toEqual([
      `the log: its first ${size} entries have another root than the kept head, cosigned by ${witness.url}`,
    ]);
});

it('a kept note is demanded where cosignatures are required, with as many of them, and signed by the log', () => {
  expect(faultsOf(keeping(honest, undefined), 0)).toEqual([]);
  for (const kept of [undefined, ''])
    expect(faultsOf(keeping(honest, kept)).join()).toContain('no cosigned head is kept');
  const { text, signatures } = parseNote(note);
  const bare = renderNote({ text, signatures: signatures.filter(({ name }) => name === ORIGIN) });
  expect(faultsOf(keeping(honest, bare)).join()).toContain('is cosigned by no witness');
  const foreign = renderNote({ text, signatures: signatures.filter(({ name }) => name !== ORIGIN) });
  expect(faultsOf(keeping(honest, foreign)).join()).toContain('the kept head: note refused');
  expect(faultsOf(keeping(honest, note.replace(`\n${size}\n`, `\n${size - 1}\n`))).join()).toContain(
    'the kept head: note refused',
  );
});

it('a database that was rewritten whole is found by the head that the witness shows', async () => {
  const { heads } = await askWitnessesOf(of(rewritten, 0));
  expect(verifyDatabaseOf(of(rewritten, 0), [], undefined, heads).faults.join()).toMatch(
    /have another root than the witness|covers \d+/,
  );
});

it('mesh-controller verify --ask-witnesses says which witness has shown nothing, and exits with 1', async () => {
  const file = writeConfig(directory, {
    data_dir: honest,
    log: { witnesses: [{ url: witness.url, keys: witness.keys }], required_cosignatures: 1 },
  });
  const verify = () => runController(['verify', '--json', '-c', file, '--ask-witnesses']);
  expect(verify()).toMatchObject({ code: 0, err: '' });
  await witness.kill();
  const { code, out, err } = verify();
  expect([code, err]).toEqual([1, expect.stringContaining('not every witness has shown a head')]);
  expect(JSON.parse(out)).toMatchObject({
    faults: [],
    notCompared: [expect.stringContaining(`the witness ${witness.url} has shown no head`)],
  });
});
