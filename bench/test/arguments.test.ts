// The command line, in and out of process.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArguments, UsageError } from '../src/arguments.ts';
import { benchmarks } from '../src/benchmarks.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--conditions=@mesh/source', MAIN, ...args], { encoding: 'utf8' });

describe('arguments', () => {
  it('are read in any order', () => {
    expect(readArguments(['--json', 'psk', '--rounds', '3', '--quick', '--profile', 'out'])).toEqual({
      name: 'psk',
      json: true,
      quick: true,
      help: false,
      rounds: 3,
      profileDir: 'out',
    });
  });

  it.each([
    [['psk', 'config']],
    [['--rounds', '0', 'psk']],
    [['--rounds', 'many', 'psk']],
    [['--rounds', '1.5', 'psk']],
    [['--rounds', '1001', 'psk']],
    [['--fast', 'psk']],
    [['--json=yes', 'psk']],
  ])('%j are refused', (argv) => {
    expect(() => readArguments(argv)).toThrow(UsageError);
  });
});

describe('the command', () => {
  it('lists every benchmark on --help and ends with 0', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const { name, summary } of benchmarks) expect(stdout).toContain(`${name.padEnd(14)}  ${summary}`);
  });

  it.each([[[]], [['nothing']], [['--bogus']]])(
    'given %j lists the benchmarks on standard error and ends with 2',
    (argv) => {
      const { status, stdout, stderr } = run(...argv);
      expect(status).toBe(2);
      expect(stdout).toBe('');
      for (const { name } of benchmarks) expect(stderr).toContain(name);
    },
  );
});
