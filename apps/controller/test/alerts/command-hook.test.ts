// Command hooks: what the program gets, and that nothing of it is left.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@mesh/host/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { commandReceiver } from '../../src/alerts/command-receiver.ts';
import { spawnProgram } from '../../src/alerts/spawn-program.ts';
import { ALERT_EVENTS } from '../../src/settings/alerts-setting.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-hook-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const alert: Alert = {
  id: 'entry_1_00',
  event: 'cut',
  status: 'event',
  severity: 'warning',
  atMs: 0,
  summary: '$(id) `id` "; id',
};
const hook = (run: string[]) =>
  commandReceiver(
    { name: 'hook', events: [...ALERT_EVENTS], run, timeout_seconds: 10 },
    { meshId: 'm1', run: spawnProgram },
  );
const deliver = (run: string[], signal = new AbortController().signal) => hook(run).deliver(alert, 0, signal);

it('the program gets its arguments as they are, JSON on its standard input, and none of our environment', async () => {
  process.env.MESH_SECRET_OF_A_TEST = 'secret';
  const file = join(folder, 'seen');
  // The shell is the program that is run, not what runs it.
  const script = 'printf "%s\\n" "$1" >"$0"; pwd >>"$0"; env >>"$0"; cat >>"$0"';
  try {
    const answer = await deliver(['/bin/sh', '-c', script, file, '$(id) *']);
    expect(answer).toEqual({ kind: 'delivered', answer: 'exit code 0' });
  } finally {
    delete process.env.MESH_SECRET_OF_A_TEST;
  }
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.slice(0, 2)).toEqual(['$(id) *', '/']);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'cut', data: { summary: alert.summary } });
  // The shell sets PWD and its like by itself.
  const environment = lines.slice(2, -1).map((line) => line.split('=')[0]);
  expect(environment.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? '')).sort()).toEqual([
    'LANG',
    'PATH',
  ]);
});

it('a program that fails, is killed, does not read or is not there has failed, and says why', async () => {
  expect(await deliver(['/bin/sh', '-c', 'exit 3'])).toEqual({ kind: 'failed', why: 'exit code 3' });
  expect(await deliver(['/bin/sh', '-c', 'kill -9 $$'])).toMatchObject({ why: 'it was killed (SIGKILL)' });
  expect(await deliver(['/nonexistent/hook', 'secret'])).toEqual({
    kind: 'failed',
    why: '/nonexistent/hook cannot be started (ENOENT): check its path and its mode',
  });
  expect(hook(['/bin/hook', 'secret']).target).toBe('/bin/hook');
});

it('a try that ends early kills the program with all that it has started', async () => {
  const file = join(folder, 'pids');
  const limit = new AbortController();
  const script = 'sleep 600 & echo $! >"$0.new"; echo $$ >>"$0.new"; mv "$0.new" "$0"; wait';
  const pending = deliver(['/bin/sh', '-c', script, file], limit.signal);
  let pids: number[] = [];
  await waitUntil('the program to run', () => {
    try {
      pids = readFileSync(file, 'utf8').trim().split('\n').map(Number);
    } catch {
      return false;
    }
    return pids.length === 2;
  });
  limit.abort(new Error('no end within 10 s'));
  expect(await pending).toEqual({ kind: 'failed', why: 'no end within 10 s' });
  await waitUntil('both to be gone', () => pids.every((pid) => !isRunning(pid)));
});

/** A zombie that its new parent has not collected yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
