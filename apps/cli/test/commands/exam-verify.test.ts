// meshctl exam verify, with a file whose content is fixed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';

const VECTORS = join(import.meta.dirname, '../../../../packages/evidence/test/vectors');
const vectorOf = (name: string) =>
  JSON.parse(readFileSync(join(VECTORS, name), 'utf8')) as Record<'file' | 'smaller_checkpoint', string> &
    Record<'log_keys' | 'witness_keys', string[]>;
const vector = vectorOf('exam-proof-signed.json');
const keys = vector.log_keys.flatMap((key) => ['--log-key', key]);
const witnesses = vector.witness_keys.flatMap((key) => ['--witness-key', key]);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshctl-exam-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
/** There is no controller at all. */
const verify = (file: string, ...more: string[]) =>
  meshctlHere([...more, 'exam', 'verify', file, ...keys], { socket: join(folder, 'none.sock') });

describe('exam verify', () => {
  it('draws the exam again and says step by step what is shown, without a controller', async () => {
    const good = fileOf('good.json', vector.file);
    const seen = fileOf('seen', vector.smaller_checkpoint);
    const { exitCode, stdout, stderr } = await meshctlHere(
      ['exam', 'verify', good, ...keys, ...witnesses, '--required', '2', '--seen', seen],
      { socket: join(folder, 'none.sock') },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      /^exam [0-9a-f]{32} of node-a from the pool general, closed at 2030-01-01T.+: neither passed nor failed$/m,
    );
    expect(stdout).toMatch(/^shown {4}signatures the examiners have signed their grades/m);
    expect(stdout).toMatch(/^shown {4}verdict {3}of 3 results 3 count, by the policy; open: examined by 3/m);
    expect(stdout).toMatch(/^shown {4}draw {6}drawn again, the exam is the same; its examiners: node-/m);
    expect(stdout).toMatch(/^shown {4}answers {3}of 3 examiners 3 committed to a transcript/m);
    expect(stdout).toMatch(/verdict: proven\n$/);
  });

  it('prints one document with --json', async () => {
    const { stdout } = await verify(fileOf('good.json', vector.file), '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'proven',
      exam: { node_id: 'node-a', epoch_id: 12, pool: 'general', outvoted: [], outcome: 'open' },
      steps: expect.arrayContaining([
        expect.objectContaining({ step: 'draw', outcome: 'shown', code: null }),
      ]),
    });
  });

  it.each([
    ['a node among the eligible', (text: string) => text.replace('"node-e"', '"node-f"')],
    ['a signature', (text: string) => text.replace(/signature\\":\\"./, 'signature\\":\\"_')],
    ['a grade', (text: string) => text.replace('\\"score\\":1', '\\"score\\":0')],
    ['the examined node', (text: string) => text.replace('"node_id":"node-a"', '"node_id":"node-b"')],
  ])('refutes a file in which %s was changed: exit code 6', async (_what, change) => {
    expect(change(vector.file)).not.toBe(vector.file);
    const { exitCode, stdout, stderr } = await verify(fileOf('changed.json', change(vector.file)));
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('changed.json')]);
    expect(stdout).toContain('REFUTED');
  });

  it('refutes what is no such file: exit code 6', async () => {
    const { exitCode, stdout, stderr } = await verify(fileOf('none.json', '{}'));
    expect([exitCode, stdout]).toEqual([6, '']);
    expect(stderr).toContain('this is no proof of an exam');
  });

  it('shows a part of a file whose grades are gone: exit code 5', async () => {
    const file = JSON.parse(vector.file) as { entries: { opened?: object }[] };
    for (const entry of file.entries) delete entry.opened;
    const { exitCode, stdout } = await verify(fileOf('erased.json', `${JSON.stringify(file)}\n`));
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^missing {2}grades/m);
  });

  it('says of a file of an earlier version what it does not show: exit code 5', async () => {
    const { exitCode, stdout } = await verify(fileOf('old.json', vectorOf('exam-proof.json').file));
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^missing {2}signatures what node-., node-., node-. signed is not kept/m);
    expect(stdout).toMatch(/^missing {2}policy /m);
    expect(stdout).toMatch(/^exam .+: no verdict is shown$/m);
  });

  it('asks for the keys of the log', async () => {
    const { exitCode } = await meshctlHere(['exam', 'verify', fileOf('good.json', vector.file)]);
    expect(exitCode).toBe(2);
  });
});
