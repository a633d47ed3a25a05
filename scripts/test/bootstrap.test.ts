import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../lib/child-process.mjs';
import { isAtLeast } from '../lib/versions.mjs';

const scripts = join(import.meta.dirname, '..');

describe('isAtLeast', () => {
  it.each([
    ['22.18.0', '22.18.0', true],
    ['22.17.9', '22.18.0', false],
    ['v24.0.0', '22.18.0', true],
    ['20.20.2', '22.18.0', false],
    ['22.18.1', '22.18.0', true],
    ['100.0.0', '22.18.0', true],
    ['', '22.18.0', false],
    ['nonsense', '22.18.0', false],
    ['22', '22.18.0', false],
  ])('%s against %s is %s', (version, wanted, result) => {
    expect(isAtLeast(version, wanted)).toBe(result);
  });
});

describe('bootstrap', () => {
  it('refuses an unknown task, names the known ones, and keeps standard output clean', () => {
    const run = capture(process.execPath, [join(scripts, 'bootstrap.mjs'), 'constructor']);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    for (const task of ['test', 'check', 'demo', 'e2e', 'bench']) expect(run.stderr).toContain(task);
  });

  it('passes arguments, exit codes and standard output of a task through', () => {
    const run = capture(process.execPath, [join(scripts, 'bootstrap.mjs'), 'check', 'no-such-step']);
    expect(run.code, run.stderr).toBe(2);
    expect(run.stdout.trim()).toMatch(/^no such step: no-such-step; there are biome/);
    expect(run.stderr).toContain('[set-up]');
  });
});

describe('a program in the foreground', () => {
  let folder = '';
  let parent = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-foreground-'));
    parent = join(folder, 'parent.mjs');
    writeFileSync(
      parent,
      `import { foreground } from ${JSON.stringify(join(scripts, 'lib/child-process.mjs'))};
const { code, signal } = await foreground('sh', ['-c', process.argv[2]]);
console.log(JSON.stringify({ code, signal }));
`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const outcome = (script: string) => {
    const run = capture(process.execPath, [parent, script], { timeoutMs: 20_000 });
    return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '');
  };

  it('reports its exit code', () => {
    expect(outcome('exit 7')).toEqual({ code: 7, signal: null });
  });

  it('reports the signal that ended it, as a shell would', () => {
    expect(outcome('kill -KILL $$')).toEqual({ code: 137, signal: 'SIGKILL' });
  });

  it('gets the SIGTERM of its parent, and may handle it in its own way', () => {
    // The child sends the signal to its parent; the trap runs only if the parent passes it on.
    const script = "trap 'kill $!; exit 5' TERM; tail -f /dev/null >/dev/null 2>&1 & kill -TERM $PPID; wait";
    expect(outcome(script)).toEqual({ code: 5, signal: null });
  });
});
