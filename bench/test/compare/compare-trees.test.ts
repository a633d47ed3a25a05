// Whole comparisons in a small repository: where the base comes from, the turns, and why there may be none.

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ComparePlan, compareTrees, worseFigures } from '../../src/compare/compare-trees.ts';
import { reportFile, smallRepository } from './small-repository.ts';

const BENCHMARKS = [{ name: 'steady', rounds: 2 }];

async function compare(root: string, ref: string, plan: Partial<ComparePlan> = {}) {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const comparison = await compareTrees({ root, ref, benchmarks: BENCHMARKS, quick: false, say, ...plan });
  return { comparison, said };
}

describe('a comparison', () => {
  it('runs the base as it was committed and this tree as it stands, in turns', async () => {
    using repository = smallRepository();
    const { root } = repository;
    repository.write(reportFile({ slower: 10, same: 5, gone: 1 }));
    const base = repository.commit();
    repository.git('tag', 'v1');
    repository.write(reportFile({ slower: 20, same: 5, new: 1 }, 'less'));
    const head = repository.commit();
    repository.write(reportFile({ slower: 40, same: 5, new: 1 }, 'less'));

    const { comparison, said } = await compare(root, 'v1');
    expect(comparison).toMatchObject({
      base: { ref: 'v1', commit: base },
      this: { commit: head, modified: true },
      quick: false,
    });
    const [steady] = comparison.benchmarks;
    expect(steady).toMatchObject({ benchmark: 'steady', rounds: 2 });
    expect(steady?.figures).toMatchObject([
      { row: 'slower', better: 'less', rounds: 2, ratio: { median: 4, min: 4, max: 4 }, change: 'worse' },
      { row: 'same', better: 'less', rounds: 2, ratio: { median: 1, min: 1, max: 1 }, change: 'unclear' },
    ]);
    expect(steady?.only_base).toMatchObject([{ row: 'gone' }]);
    expect(steady?.only_this).toMatchObject([{ row: 'new' }]);
    expect(worseFigures(comparison, 3.9)).toMatchObject([{ benchmark: 'steady', figure: { row: 'slower' } }]);
    expect(worseFigures(comparison, 4)).toEqual([]);
    expect(said.filter((line) => line.startsWith('  round')).map((line) => line.trim())).toEqual([
      'round 1/2  base',
      'round 1/2  this tree',
      'round 2/2  base',
      'round 2/2  this tree',
    ]);
  });

  it('lays a base out once, leaves nothing half-made, and the repository as it was', async () => {
    using repository = smallRepository();
    const { root } = repository;
    repository.write(reportFile({ same: 1 }, 'less'));
    const base = repository.commit();
    const first = await compare(root, 'HEAD');
    expect(first.comparison.this).toEqual({ commit: base, modified: false });
    expect(first.said).toContain(`laying out the base in .cache/bench-base/${base}`);
    const again = await compare(root, base.slice(0, 10));
    expect(again.said.join('\n')).not.toContain('laying out');
    expect(again.comparison.base.commit).toBe(base);
    expect(readdirSync(join(root, '.cache/bench-base'))).toEqual([base]);
    expect(existsSync(join(root, '.cache/bench-base', base, 'node_modules'))).toBe(true);
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(repository.git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  it('works in a clone without history, and says how to fetch a commit that it lacks', async () => {
    using repository = smallRepository();
    repository.write(reportFile({ same: 1 }, 'less'));
    const old = repository.commit();
    repository.commit();
    const root = mkdtempSync(join(tmpdir(), 'mesh-compare-clone-'));
    try {
      repository.git('clone', '--quiet', '--depth', '1', `file://${repository.root}`, root);
      const { comparison } = await compare(root, 'HEAD');
      expect(comparison.benchmarks).toMatchObject([{ figures: [{ row: 'same' }] }]);
      await expect(compare(root, old)).rejects.toMatchObject({
        code: 'unknown-ref',
        message: expect.stringContaining(`git fetch --depth 1 origin ${old}`),
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

describe('there is no comparison', () => {
  it('with a ref that nothing has', async () => {
    using repository = smallRepository();
    repository.commit();
    await expect(compare(repository.root, 'nothing')).rejects.toMatchObject({
      code: 'unknown-ref',
      message: expect.stringMatching(/^there is no commit, tag or branch nothing in this repository/),
    });
  });

  it('with a base that has no benchmarks yet', async () => {
    using repository = smallRepository();
    const { root } = repository;
    rmSync(join(root, 'bench'), { recursive: true });
    repository.commit();
    await expect(compare(root, 'HEAD')).rejects.toMatchObject({
      code: 'no-benchmark',
      message: expect.stringContaining('bench/src/main.ts is not there'),
    });
    expect(existsSync(join(root, '.cache'))).toBe(false);
  });

  it('of a benchmark that the base lacks', async () => {
    using repository = smallRepository();
    repository.write(reportFile({ same: 1 }));
    repository.commit();
    const benchmarks = [...BENCHMARKS, { name: 'later', rounds: 1 }];
    await expect(compare(repository.root, 'HEAD', { benchmarks })).rejects.toMatchObject({
      code: 'no-benchmark',
      message: 'base has no benchmark later: name those that both trees have',
    });
  });

  it('if a turn ends without a report, and the message gives its reason', async () => {
    using repository = smallRepository();
    repository.write(reportFile({ same: 1 }));
    repository.commit();
    repository.write({ 'bench/src/report.json': 'missed' });
    await expect(compare(repository.root, 'HEAD')).rejects.toMatchObject({
      code: 'turn-failed',
      message: 'steady failed in this tree: exit code 1\nit broke',
    });
  });

  it("if the base's packages cannot be installed, and nothing half-made is left", async () => {
    using repository = smallRepository();
    const { root } = repository;
    repository.write({ ...reportFile({ same: 1 }), 'pnpm-lock.yaml': 'not: [a lockfile' });
    repository.commit();
    await expect(compare(root, 'HEAD')).rejects.toMatchObject({ code: 'base-not-laid-out' });
    expect(readdirSync(join(root, '.cache/bench-base'))).toEqual([]);
  });

  it('outside a repository, or in a folder of another one', async () => {
    using repository = smallRepository();
    repository.commit();
    await expect(compare(join(repository.root, 'bench'), 'HEAD')).rejects.toMatchObject({
      code: 'no-repository',
    });
    rmSync(join(repository.root, '.git'), { recursive: true });
    await expect(compare(repository.root, 'HEAD')).rejects.toMatchObject({
      code: 'no-repository',
      message: expect.stringContaining('run this in a clone'),
    });
  });
});
