// The time that everything in a package bears: SOURCE_DATE_EPOCH where it is set, else that of the last
// commit. Thus the same commit gives the same bytes.
import { capture } from '../lib/child-process.mjs';

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {number} seconds since 1970
 * @throws Error if neither is there
 */
export function sourceDateSeconds(root, env = process.env) {
  const given = env.SOURCE_DATE_EPOCH;
  if (given !== undefined && given !== '') {
    if (!/^\d{1,11}$/.test(given))
      throw new Error(`SOURCE_DATE_EPOCH is ${given}: it takes seconds since 1970`);
    return Number(given);
  }
  const commit = capture('git', ['log', '-1', '--format=%ct'], { cwd: root });
  if (commit.code !== 0 || !/^\d+\n$/.test(commit.stdout))
    throw new Error(
      'this is no Git checkout: set SOURCE_DATE_EPOCH to the seconds since 1970 of its last change',
    );
  return Number(commit.stdout);
}
