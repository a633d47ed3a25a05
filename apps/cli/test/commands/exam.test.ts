// meshctl exam and examiners: pools, exams, and who examines.

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExaminerSummary, ExamSummary, PoolSummary } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'meshctl-exam-'));
  await server.open();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server.close();
});
const run = (...args: string[]) => meshctlHere(args, { socket: server.path });

const ID = '0123456789abcdef0123456789abcdef';
const ROOT = Buffer.alloc(32, 1).toString('base64');
const pool: PoolSummary = {
  pool: 'chat',
  suite: 'secrets',
  version: '1',
  root: ROOT,
  items: 40,
  pairs: 3,
  uses: 5,
  retired: 4,
  state: 'loaded',
  loaded_at: '2030-01-01T00:00:00.000Z',
};
const exam = {
  exam_id: ID,
  node_id: 'node-a',
  epoch_id: 7,
  pool: 'chat',
  state: 'closed',
  starts_at: '2030-01-01T00:00:00.000Z',
  ends_at: '2030-01-01T00:10:00.000Z',
  closed_at: '2030-01-01T00:04:00.000Z',
  examiners: [
    { node_id: 'node-b', state: 'answered', score: 0.25, items: 20, outvoted: true },
    { node_id: 'node-c', state: 'missing', outvoted: false },
  ],
  verdict: { outcome: 'failed', by: 'agreeing', sentence: 'examined by 2 examiners: too bad' },
} as unknown as ExamSummary;
const examiner = {
  node_id: 'node-b',
  class: 'default',
  eligible: false,
  suspended_at: '2030-01-01T00:04:00.000Z',
  outvoted_in: [ID],
} as unknown as ExaminerSummary;

describe('exam load', () => {
  it('sends the file with its reason, and shows the root that is logged', async () => {
    const file = join(folder, 'pool.yaml');
    writeFileSync(file, 'name: x\n');
    server.answer({ 'POST /v1/exams/pools': { body: pool } });
    const { exitCode, stdout } = await run('exam', 'load', file, '--reason', 'the first');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`root\\s+${ROOT.replaceAll('+', '\\+')}`));
    expect(stdout).toMatch(/left\s+36\n/);
    expect(server.seen[0]?.body).toEqual({ text: 'name: x\n', reason: 'the first' });
  });

  it('refuses a file that is not there, and asks nobody', async () => {
    const { exitCode, stderr } = await run('exam', 'load', join(folder, 'none'), '--reason', 'x');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('none');
  });
});

describe('exam', () => {
  it('pools, list, show and opened are tables', async () => {
    server.answer({
      'GET /v1/exams/pools': { body: { pools: [pool] } },
      'GET /v1/exams': { body: { exams: [exam] } },
      [`GET /v1/exams/${ID}`]: { body: exam },
      'GET /v1/exams/opened/chat': {
        body: {
          ...{ pool: 'chat', root: ROOT, size: 40, log_index: 12 },
          items: [{ index: 3, salt: ROOT, item: { id: 'secret-3' }, path: [ROOT] }],
        },
      },
    });
    expect((await run('exam', 'pools')).stdout).toMatch(/chat\s+loaded\s+40\s+36\s+5\s+2030.*secrets 1/);
    expect((await run('exam', 'list')).stdout).toMatch(
      new RegExp(`${ID}\\s+node-a\\s+7\\s+closed\\s.*1 of 2\\s+examined by 2`),
    );
    const shown = (await run('exam', 'show', ID)).stdout;
    expect(shown).toMatch(/outcome\s+examined by 2 examiners: too bad/);
    expect(shown).toMatch(/node-b\s+answered\s+0\.250\s+20\s+outvoted\n/);
    expect(shown).toMatch(/node-c\s+missing\s+-\s+-\s/);
    expect((await run('exam', 'opened', 'chat')).stdout).toMatch(
      /opened\s+1 of 40\n\nINDEX\s+ITEM\n3\s+\{"id":"secret-3"\}/,
    );
  });

  it('say what to do where there is nothing', async () => {
    server.answer({
      'GET /v1/exams/pools': { body: { pools: [] } },
      'GET /v1/exams': { body: { exams: [] } },
      'GET /v1/examiners': { body: { examiners: [] } },
    });
    expect((await run('exam', 'pools')).stdout).toContain('meshctl exam load');
    expect((await run('exam', 'list')).stdout).toContain('no exam yet');
    expect((await run('examiners', 'list')).stdout).toContain('no examiner');
  });

  it('prove writes a new file that only its owner reads, and replaces none', async () => {
    server.answer({ [`GET /v1/exams/${ID}/proof`]: { body: { file: '{}\n' } } });
    const file = join(folder, 'proof.json');
    expect((await run('exam', 'prove', ID, '--out', file)).exitCode).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('{}\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await run('exam', 'prove', ID, '--out', file)).exitCode).not.toBe(0);
  });

  it.each([
    ['exam', 'show', 'not-an-id'],
    ['exam', 'opened', 'Not a Name'],
    ['exam', 'withdraw', '../x', '--reason', 'x'],
    ['exam', 'withdraw', 'chat'],
    ['examiners', 'restore', 'node-a'],
  ])('%s %s %s is refused before anybody is asked', async (...args) => {
    expect((await run(...args)).exitCode).toBe(2);
  });
});

describe('examiners', () => {
  it('list and restore show who was outvoted, and when', async () => {
    server.answer({
      'GET /v1/examiners': { body: { examiners: [examiner] } },
      'POST /v1/examiners/node-b/restore': {
        body: { ...examiner, eligible: true, suspended_at: null, outvoted_in: [] },
      },
    });
    expect((await run('examiners', 'list')).stdout).toMatch(
      new RegExp(`node-b\\s+default\\s+no\\s+2030.*${ID}`),
    );
    expect((await run('examiners', 'restore', 'node-b', '--reason', 'mended')).stdout).toMatch(
      /node-b\s+default\s+yes\s+-\s+-/,
    );
    expect(server.seen.at(-1)?.body).toEqual({ reason: 'mended' });
  });
});
