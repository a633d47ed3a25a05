// The base's tree on disk, with its packages installed: made once for each commit, under the ignored folder
// .cache, and used again by later comparisons. It can be deleted at any time.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compileCacheFolderOf, warmCompileCache } from '../../../scripts/lib/warm-compile-cache.mjs';
import { CompareError } from './compare-error.ts';
import { git } from './find-base.ts';
import { type Ended, reasonOf, runProgram } from './run-program.ts';

const CACHE = '.cache/bench-base';

/**
 * @param root the top of this tree
 * @param commit a full id, of which the repository has every file
 * @returns the top of the base's tree
 * @throws CompareError `no-program` or `base-not-laid-out`
 */
export async function layOutBase(root: string, commit: string, say: (line: string) => void): Promise<string> {
  const tree = join(root, CACHE, commit);
  if (!existsSync(tree)) {
    say(`laying out the base in ${CACHE}/${commit}`);
    await makeTree(root, commit, tree);
  }
  // As `npm run bench` does for this tree: no worker thread may have to strip types.
  const warmed = warmCompileCache({ ...process.env, NODE_COMPILE_CACHE: compileCacheFolderOf(tree) }, tree);
  if (warmed.code !== 0) {
    throw new CompareError(
      'base-not-laid-out',
      `the sources of the base's worker threads could not be loaded; if ${tree} is damaged, delete it:\n` +
        warmed.stderr.trim(),
    );
  }
  return tree;
}

/** The tree gets its name last, so that one that was not finished is never taken for one that was. */
async function makeTree(root: string, commit: string, tree: string): Promise<void> {
  await mkdir(join(root, CACHE), { recursive: true });
  const workshop = await mkdtemp(`${tree}.`);
  const unfinished = join(workshop, 'tree');
  try {
    await writeFiles(root, commit, unfinished, join(workshop, 'index'));
    await installPackages(unfinished);
    await rename(unfinished, tree);
  } catch (error) {
    // Another comparison may have made the same tree meanwhile: that one is as good.
    if (!existsSync(tree)) throw error;
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/**
 * Through an index of its own: neither the repository nor its index changes, as they would for a worktree.
 */
async function writeFiles(root: string, commit: string, into: string, index: string): Promise<void> {
  const env = { GIT_INDEX_FILE: index };
  requireSuccess(await git(root, ['read-tree', commit], env), `git could not read the files of ${commit}`);
  const args = ['checkout-index', '--all', `--prefix=${into}/`];
  requireSuccess(await git(root, args, env), `git could not write the files of ${commit}`);
}

/** The options are those of scripts/bootstrap.mjs. */
async function installPackages(tree: string): Promise<void> {
  const args = [
    'install',
    '--frozen-lockfile',
    '--prod=false',
    '--prefer-offline',
    '--reporter=append-only',
    '--loglevel=warn',
    '--config.confirmModulesPurge=false',
  ];
  const remedy = 'start this by `npm run bench -- compare`, which brings pnpm';
  const install = await runProgram('pnpm', args, { cwd: tree, remedy });
  requireSuccess(install, "pnpm could not install the base's packages");
}

function requireSuccess(program: Ended, otherwise: string): void {
  if (program.ended === 0) return;
  throw new CompareError('base-not-laid-out', `${otherwise}: ${reasonOf(program)}`);
}
