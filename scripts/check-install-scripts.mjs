// Refuses a package that would run a program when it is installed, unless it is on the list here, and
// compares the list with what pnpm allows (allowBuilds in pnpm-workspace.yaml).
//
//   node scripts/check-install-scripts.mjs
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { installScriptsOf, readLock } from './lib/installed-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Every package that has install scripts, with the reason for running them or not.
 *
 * @type {Readonly<Record<string, { runs: boolean, why: string }>>}
 */
export const KNOWN = {
  esbuild: { runs: true, why: 'replaces its launcher by the binary of this platform; builds only' },
  'better-sqlite3': { runs: false, why: 'its package has the compiled addon for each platform' },
};

/**
 * @param {import('./lib/installed-packages.mjs').Lock} lock
 * @param {Readonly<Record<string, boolean>>} allowBuilds
 * @returns {string[]} one sentence for each fault
 */
export function installScriptProblems({ packages }, allowBuilds) {
  const withScripts = [...packages.values()].flatMap(({ name, version, manifest }) => {
    const scripts = manifest === undefined ? [] : installScriptsOf(manifest);
    return scripts.length === 0 ? [] : [{ name, version, scripts }];
  });
  const unknown = withScripts
    .filter(({ name }) => KNOWN[name] === undefined)
    .map(
      ({ name, version, scripts }) =>
        `${name}@${version} would run ${scripts.join(', ')} when it is installed: use another package, or read the script and add the package to the list`,
    );
  const runs = Object.keys(KNOWN).filter((name) => KNOWN[name]?.runs);
  const allowed = Object.keys(allowBuilds).filter((name) => allowBuilds[name]);
  const unlike = [
    ...allowed
      .filter((name) => !runs.includes(name))
      .map((name) => `pnpm-workspace.yaml allows ${name} to run scripts, the list does not: remove it there`),
    ...runs
      .filter((name) => !allowed.includes(name))
      .map((name) => `the list lets ${name} run scripts, pnpm-workspace.yaml does not: make them agree`),
  ];
  const names = new Set(withScripts.map(({ name }) => name));
  const gone = Object.keys(KNOWN)
    .filter((name) => !names.has(name))
    .map((name) => `${name} has no install scripts any more: remove it from the list`);
  return [...unknown, ...unlike, ...gone];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { allowBuilds } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8'));
  const problems = installScriptProblems(readLock(root), allowBuilds ?? {});
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(
    `${Object.keys(KNOWN).length} packages with install scripts, ${problems.length} problems\n`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
