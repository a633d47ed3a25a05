// The command itself: this tree's last commit against this tree, and a machine without git.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

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
  it('HEAD psk --quick prints one document with every figure of both trees', () => {
    const { status, stdout, stderr } = compare(['HEAD', 'psk', '--quick', '--rounds', '1', '--json'], {
      ...process.env,
      PATH: `${programs}${delimiter}${process.env.PATH ?? ''}`,
    });
    expect(status, stderr).toBe(0);
    expect(stderr).toContain('round 1/1  base');
    expect(stderr).toContain('round 1/1  this tree');
    const { benchmarks } = comparisonSchema.parse(JSON.parse(stdout));
    const rows = benchmarks[0].figures.map(({ row }) => row);
    expect(rows).toContain('@mesh/psk derivePairPsks (portable)');
  }, 240_000);

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
