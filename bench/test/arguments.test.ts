// The command line, in and out of process.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { variants } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { readArguments, UsageError } from '../src/arguments.ts';
import { benchmarks } from '../src/benchmarks.ts';
import { COMPARED_BY_DEFAULT } from '../src/compare/compared-by-default.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--conditions=@mesh/source', MAIN, ...args], { encoding: 'utf8' });

describe('arguments', () => {
  it('are read in any order', () => {
    expect(readArguments(['--json', 'psk', '--rounds', '3', '--quick', '--profile', 'out'])).toEqual({
      kind: 'measure',
      name: 'psk',
      json: true,
      quick: true,
      rounds: 3,
      profileDir: 'out',
    });
  });

  it('of a comparison name a base and any benchmarks, each once', () => {
    const argv = ['--json', 'compare', 'v1', 'psk', '--fail-above', '1.10', 'config', '--rounds', '3', 'psk'];
    expect(readArguments(argv)).toEqual({
      kind: 'compare',
      base: 'v1',
      names: ['psk', 'config'],
      json: true,
      quick: false,
      rounds: 3,
      failAbove: 1.1,
    });
    expect(readArguments(['compare', 'HEAD'])).toMatchObject({
      base: 'HEAD',
      names: [],
      failAbove: undefined,
    });
  });

  it.each([[['--help']], [['psk', '-h']], [['compare', '--help']]])('%j ask for help', (argv) => {
    expect(readArguments(argv)).toEqual({ kind: 'help' });
  });

  it.each([
    [['psk', 'config']],
    [['compare']],
    [['compare', 'HEAD', '--rounds', '0']],
    [['compare', 'HEAD', '--profile', 'out']],
    [['compare', 'HEAD', '--fail-above', '0.9']],
    [['compare', 'HEAD', '--fail-above', 'much']],
    [['compare', 'HEAD', '--fail-above', 'Infinity']],
    [['psk', '--fail-above', '1.1']],
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

it('what is compared by default exists', () => {
  const names = benchmarks.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...COMPARED_BY_DEFAULT]));
});

describe('the command', () => {
  it('lists every benchmark on --help and ends with 0', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const { name, summary } of benchmarks) expect(stdout).toContain(`${name.padEnd(14)}  ${summary}`);
    expect(stdout).toContain('compare BASE');
    expect(stdout).toContain(COMPARED_BY_DEFAULT.join(', '));
  });

  it.each(
    variants<[string[]]>(
      [[['compare', 'HEAD', 'psk', 'nothing']]],
      [[[]], [['nothing']], [['--bogus']], [['compare']]],
    ),
  )('given %j lists the benchmarks on standard error and ends with 2', (argv) => {
    const { status, stdout, stderr } = run(...argv);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    for (const { name } of benchmarks) expect(stderr).toContain(name);
  });
});
