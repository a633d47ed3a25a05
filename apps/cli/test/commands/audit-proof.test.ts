// meshctl audit prove and audit verify, with a file whose content is fixed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderVerifierKey } from '@mesh/audit';
import { renderProofFile } from '@mesh/evidence';
import { formatRfc3339 } from '@mesh/primitives';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addTold,
  denialStory,
  MeshTree,
  trust,
} from '../../../../packages/evidence/test/support/mesh-log.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const vector = JSON.parse(
  readFileSync(
    join(import.meta.dirname, '../../../../packages/evidence/test/vectors/denial-proof.json'),
    'utf8',
  ),
) as Record<'file' | 'checkpoint' | 'smaller_checkpoint', string> &
  Record<'log_keys' | 'witness_keys', string[]>;
const origin = vector.log_keys[0]?.split('+')[0] ?? '';

const folder = mkdtempSync(join(tmpdir(), 'meshctl-proof-'));
const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(async () => {
  await controller.close();
  rmSync(folder, { recursive: true, force: true });
});
const run = (...args: string[]) => meshctlHere(args, { socket: controller.path });

const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const good = fileOf('good.json', vector.file);
const keys = vector.log_keys.flatMap((key) => ['--log-key', key]);
const witnesses = vector.witness_keys.flatMap((key) => ['--witness-key', key]);
const verify = (path: string, ...more: string[]) => run('audit', 'verify', path, ...keys, ...more);

describe('audit verify', () => {
  it('says step by step what is shown, without a controller', async () => {
    const { exitCode, stdout, stderr } = await meshctlHere(
      ['audit', 'verify', good, ...keys, ...witnesses, '--required', '2'],
      { socket: join(folder, 'no-controller.sock') },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^node_denied of node-a at 2030-01-01T12:00:.*, entry 6 of the log\n/);
    expect(stdout).toMatch(/^shown {4}message {3}the node has signed the result/m);
    expect(stdout).toMatch(/^shown {4}decision {2}taken again, the decision is the same: overall 0.40/m);
    expect(stdout).toMatch(/verdict: proven\n$/);
  });

  it('prints one document with --json', async () => {
    const { stdout } = await run('--json', 'audit', 'verify', good, ...keys);
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'proven',
      decision: { node_id: 'node-a', type: 'node_denied', reason_code: 'below_threshold' },
      steps: expect.arrayContaining([
        expect.objectContaining({ step: 'decision', outcome: 'shown', code: null }),
      ]),
    });
  });

  it.each([
    ['too few witnesses', ['--witness-key', vector.witness_keys[0] ?? '', '--required', '2'], 2, 'usage'],
    ['a key of another log', ['--log-key', `other${vector.log_keys[0]}`], 2, 'invalid'],
  ])('%s is wrong usage', async (_, more, exitCode) => {
    expect((await verify(good, ...more)).exitCode).toBe(exitCode);
  });

  it('refutes a file that was changed: exit code 6', async () => {
    const changed = fileOf('changed.json', vector.file.replace('0.4', '0.3'));
    const { exitCode, stdout, stderr } = await verify(changed);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('changed.json')]);
    expect(stdout).toContain('REFUTED');
    expect(await verify(fileOf('none.json', '{}'))).toMatchObject({ exitCode: 6, stdout: '' });
  });

  it('shows a part of a file whose details are gone: exit code 5', async () => {
    const file = JSON.parse(vector.file) as { entries: { index: number; opened?: object }[] };
    for (const entry of file.entries) delete entry.opened;
    const { exitCode, stdout } = await verify(fileOf('erased.json', `${JSON.stringify(file)}\n`));
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^missing {2}details {3}what the decision saw of the node was erased/m);
  });

  it('compares with a head that was seen', async () => {
    const seen = fileOf('seen', vector.smaller_checkpoint);
    expect(await verify(good, '--seen', seen)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('the same history'),
    });
    const none = fileOf('none', 'no checkpoint');
    expect((await verify(good, '--seen', none)).exitCode).toBe(6);
  });
});

describe('audit verify --told', () => {
  const { log, decision, message } = denialStory();
  const sha256 = '1'.repeat(64);
  const sent_at = formatRfc3339(log.lastMs());
  const telling = {
    kind: 'config' as const,
    sha256,
    version: '1.1',
    sent_at,
    allowed: false,
    reason_code: 'ok',
  };
  const toldMs = log.lastMs();
  const index = addTold(log, [telling], toldMs + 120_000);
  const tree = new MeshTree(log);
  const told = fileOf(
    'told.json',
    renderProofFile(tree.file(decision, message, { told: [tree.told(index, [telling])] })),
  );
  const trusted = trust.logKeys.flatMap((key) => ['--log-key', renderVerifierKey(key)]);
  const kept = (digest: string, sentMs = toldMs) =>
    `${JSON.stringify({
      ...{ kind: 'config', sha256: digest, version: '1.1', epoch_id: 1, server_time_ms: sentMs },
      ...{ signed_by: Buffer.alloc(32).toString('base64'), signature: Buffer.alloc(64).toString('base64') },
    })}\n`;

  it('names what the node has kept and the log lacks', async () => {
    const lines = fileOf('told.jsonl', `${kept(sha256)}${kept('2'.repeat(64))}{"cut off`);
    const { exitCode, stdout } = await run('audit', 'verify', told, ...trusted, '--told', lines);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`told     epoch 1, ${sent_at}, config, out: ok, SHA-256 ${sha256}\n`);
    expect(stdout).toMatch(/^NOT IN THE LOG: config of epoch 1, SHA-256 2{64}, key A{43}=: what was kept/m);
    expect(stdout).toContain('has kept 2 answers of these epochs: 1 in the log, 1 not in the log');
    const asJson = await run('--json', 'audit', 'verify', told, ...trusted, '--told', lines);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      told: [{ epoch_id: 1, kind: 'config', allowed: false, sha256 }],
      kept: [{ outcome: 'in_log' }, { outcome: 'not_in_log', shows: 'nothing' }],
    });
  });

  it('accuses nobody of what was told in the minute before the file’s newest entry', async () => {
    const lines = fileOf('late.jsonl', `${kept(sha256)}${kept('3'.repeat(64), toldMs + 119_000)}`);
    const { exitCode, stdout } = await run('audit', 'verify', told, ...trusted, '--told', lines);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('NOT IN THE LOG');
    expect(stdout).toContain(
      '2 answers of these epochs: 1 in the log, 0 not in the log, 1 later than the file',
    );
  });

  it('refuses a file without answers, and says which one is meant', async () => {
    const { exitCode, stderr } = await run(
      'audit',
      'verify',
      told,
      ...trusted,
      '--told',
      fileOf('no.jsonl', '{}\n'),
    );
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining("told.jsonl in the agent's state directory"),
    ]);
  });
});

describe('audit prove', () => {
  it('writes the file, and says what it shows', async () => {
    controller.answer({
      'GET /v1/nodes/node-a/proof?epoch=3&seen=5&denial=1': { body: { file: vector.file } },
      'GET /v1/log/key': { body: { origin, verifier_keys: vector.log_keys } },
    });
    const out = join(folder, 'made.json');
    const seen = fileOf('seen', vector.smaller_checkpoint);
    const args = ['audit', 'prove', 'node-a', '--epoch', '3', '--denial', '--seen', seen, '-o', out];
    const { exitCode, stdout, stderr } = await run(...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/verdict: proven\n$/);
    expect(readFileSync(out, 'utf8')).toBe(vector.file);
    expect((await run(...args)).exitCode).toBe(2);
  });

  it('asks for nothing if what was seen is no checkpoint', async () => {
    controller.answer({});
    const seen = fileOf('none', 'log.example\nmany\n');
    const out = join(folder, 'not-made.json');
    const { exitCode, stderr } = await run('audit', 'prove', 'node-a', '--seen', seen, '-o', out);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--seen: the file is no checkpoint')]);
    expect(controller.seen).toEqual([]);
  });
});
