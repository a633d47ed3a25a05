// Which commits are compared, from the repository that this tree belongs to.

import { CompareError } from './compare-error.ts';
import { type Ended, reasonOf, runProgram } from './run-program.ts';

const BENCH_MAIN = 'bench/src/main.ts';

/** This tree: the commit that it stands on, and whether a file differs from that. */
export interface WorkTree {
  readonly commit: string;
  readonly modified: boolean;
}

/** @throws CompareError `no-program` if git is not on the PATH */
export function git(root: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const remedy = 'install git; the base is read from the repository with it';
  return runProgram('git', args, { cwd: root, env, remedy });
}

/**
 * @param root the top of this tree
 * @param ref a commit, tag or branch
 * @returns the full id of a commit that has benchmarks
 * @throws CompareError `no-program`, `no-repository`, `unknown-ref` or `no-benchmark`
 */
export async function findBase(root: string, ref: string): Promise<string> {
  const prefix = await git(root, ['rev-parse', '--show-prefix']);
  if (prefix.ended !== 0 || prefix.stdout.trim() !== '') {
    const why = prefix.ended === 0 ? 'it is a folder of another repository' : reasonOf(prefix);
    throw new CompareError(
      'no-repository',
      `${root} is not the top of a git repository: run this in a clone, which has the base's files (${why})`,
    );
  }
  const found = await git(root, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
  if (found.ended !== 0) throw new CompareError('unknown-ref', await describeUnknown(root, ref));
  const commit = found.stdout.trim();
  const main = await git(root, ['cat-file', '-e', `${commit}:${BENCH_MAIN}`]);
  if (main.ended !== 0) {
    throw new CompareError(
      'no-benchmark',
      `${ref} (${commit}) has no benchmarks: ${BENCH_MAIN} is not there; name a newer base`,
    );
  }
  return commit;
}

export async function describeWorkTree(root: string): Promise<WorkTree> {
  const head = await git(root, ['rev-parse', 'HEAD']);
  const status = await git(root, ['status', '--porcelain']);
  return { commit: head.stdout.trim(), modified: status.stdout.trim() !== '' };
}

async function describeUnknown(root: string, ref: string): Promise<string> {
  const unknown = `there is no commit, tag or branch ${ref} in this repository`;
  const { stdout } = await git(root, ['rev-parse', '--is-shallow-repository']);
  if (stdout.trim() !== 'true') return `${unknown}: \`git fetch\` brings what others have pushed`;
  return (
    `${unknown}, which is a shallow clone: \`git fetch --unshallow\` brings its whole history, and ` +
    `\`git fetch --depth 1 origin ${ref}\` only that one, to be named as FETCH_HEAD`
  );
}
