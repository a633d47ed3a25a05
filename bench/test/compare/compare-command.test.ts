// The command itself: its exit codes and outputs, this tree's last commit against this tree, and a machine
// without git.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { variants } from '@mesh/host/test-kit';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type CompareArguments, readArguments } from '../../src/arguments.ts';
import { compareCommand } from '../../src/compare/compare-command.ts';
import { reportFile, smallRepository } from './small-repository.ts';

const ROOT = join(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'bench/src/main.ts');
const compare = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, ['--conditions=@mesh/source', MAIN, 'compare', ...args], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });

const head = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
const baseTree = join(ROOT, '.cache/bench-base', head);
const wasThere = existsSync(baseTree);
/** An openssl that fails leaves out one row of psk, which takes most of its time. */
const programs = mkdtempSync(join(tmpdir(), 'mesh-compare-programs-'));
writeFileSync(join(programs, 'openssl'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
afterAll(() => {
  rmSync(programs, { recursive: true });
  if (!wasThere) rmSync(baseTree, { recursive: true, force: true });
});

const summary = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });
const name = { table: z.string(), row: z.string(), unit: z.string() };
const comparisonSchema = z.strictObject({
  base: z.strictObject({ ref: z.literal('HEAD'), commit: z.literal(head) }),
  this: z.strictObject({ commit: z.literal(head), modified: z.boolean() }),
  started_at: z.iso.datetime(),
  quick: z.literal(true),
  machine: z.looseObject({ cpu: z.string() }),
  benchmarks: z.tuple([
    z.strictObject({
      benchmark: z.literal('psk'),
      rounds: z.literal(1),
      figures: z
        .array(
          z.strictObject({
            ...name,
            better: z.enum(['more', 'less', 'neither']),
            rounds: z.literal(1),
            base: summary,
            this: summary,
            ratio: summary,
            change: z.enum(['better', 'worse', 'unclear']),
          }),
        )
        .min(3),
      only_base: z.array(z.strictObject(name)),
      only_this: z.array(z.strictObject(name)),
    }),
  ]),
});

describe('compare', () => {
  it.each(variants([], ['psk']))(
    'HEAD %s --quick prints one document with every figure of both trees',
    (name) => {
      const { status, stdout, stderr } = compare(['HEAD', name, '--quick', '--rounds', '1', '--json'], {
        ...process.env,
        PATH: `${programs}${delimiter}${process.env.PATH ?? ''}`,
      });
      expect(status, stderr).toBe(0);
      expect(stderr).toContain('round 1/1  base');
      expect(stderr).toContain('round 1/1  this tree');
      const { benchmarks } = comparisonSchema.parse(JSON.parse(stdout));
      const rows = benchmarks[0].figures.map(({ row }) => row);
      expect(rows).toContain('@mesh/psk derivePairPsks (portable)');
    },
  );

  it('without git says so and ends with 3', () => {
    const { status, stdout, stderr } = compare(['HEAD', 'psk'], { PATH: '/nonexistent' });
    expect(status).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^git cannot be started .*: install git/);
  });

  it('with an unknown ref says so and ends with 3', () => {
    const { status, stderr } = compare(['no-such-ref', 'psk']);
    expect(status).toBe(3);
    expect(stderr).toContain('there is no commit, tag or branch no-such-ref');
  });
});

describe('--fail-above', () => {
  /** This tree is slower than its commit by a factor of 1.5, in every round. */
  async function slower(...options: readonly string[]) {
    using repository = smallRepository();
    repository.write(reportFile({ delay: 10 }, 'less'));
    repository.commit();
    repository.write(reportFile({ delay: 15 }, 'less'));
    const printed: string[] = [];
    const said: string[] = [];
    const code = await compareCommand(
      readArguments(['compare', 'HEAD', 'steady', '--rounds', '2', ...options]) as CompareArguments,
      {
        root: repository.root,
        benchmarks: [{ name: 'steady', rounds: 1 }],
        print: (text) => void printed.push(text),
        say: (line) => void said.push(line),
      },
    );
    return { code, printed, said };
  }
  const worse = 'WORSE: steady: a table: delay: × 1.5 (1.5 – 1.5), and less is better';

  it('a lower factor ends with 1, and the text ends with what is worse', async () => {
    const { code, printed } = await slower('--fail-above', '1.10');
    expect(code).toBe(1);
    expect(printed.join('').split('\n').at(-1)).toBe(`${worse} (allowed: a factor of 1.1)`);
  });

  it('with --json says what is worse beside the document', async () => {
    const { code, printed, said } = await slower('--fail-above', '1.10', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(printed.join(''))).toMatchObject({ benchmarks: [{ figures: [{ change: 'worse' }] }] });
    expect(said.at(-1)).toContain(worse);
  });

  it.each([[['--fail-above', '1.5']], [[]]])('%j ends with 0', async (options) => {
    const { code, printed } = await slower(...options);
    expect(code).toBe(0);
    expect(printed.join('')).not.toContain('WORSE');
  });
});
