// Fetches Debian packages without root: downloads them and the libraries that they need, and unpacks them
// into a cache folder. It changes nothing in the system; removing the folder undoes it. No dependencies; Node
// 20 or newer.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { capture } from './child-process.mjs';

/** Where the binaries and libraries of a package are, below the folder into which it was unpacked. */
const BINARY_FOLDERS = ['usr/sbin', 'usr/bin', 'sbin', 'bin'];
const LIBRARY_PARENTS = ['usr/lib', 'lib'];

/** @param {NodeJS.ProcessEnv} env */
export function cacheFolder(env) {
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'aligned-mesh');
}

/**
 * @param {object} options
 * @param {readonly string[]} options.packages
 * @param {NodeJS.ProcessEnv} options.env
 * @param {(line: string) => void} options.log
 * @returns {{ env: Record<string, string>, folder: string, failure?: undefined } | { failure: string }}
 *   `folder` holds what was unpacked
 */
export function unpackDebianPackages({ packages, env, log }) {
  const cache = cacheFolder(env);
  const target = join(cache, `debian-${[...packages].sort().join('+')}`);
  if (existsSync(target)) {
    log(`found in the cache: ${target}`);
    return { env: pathsInto(target, env), folder: target };
  }
  const work = join(cache, `work-${process.pid}`);
  try {
    mkdirSync(join(work, 'root'), { recursive: true });
    log(`downloads go to ${cache}`);
    const failure = downloadAndUnpack(packages, work, env);
    if (failure) return { failure };
    // A folder that exists is complete: another process may have been faster.
    if (!existsSync(target)) renameSync(join(work, 'root'), target);
    return { env: pathsInto(target, env), folder: target };
  } catch (error) {
    return { failure: `unpacking into ${cache} failed: ${error instanceof Error ? error.message : error}` };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Undefined if it worked, else the reason.
 *
 * @param {readonly string[]} packages
 * @param {string} work
 * @param {NodeJS.ProcessEnv} env
 */
function downloadAndUnpack(packages, work, env) {
  // apt's own lists belong to root and may be absent or old: use separate lists, with the system's sources.
  const lists = join(work, 'lists');
  const archives = join(work, 'cache');
  for (const folder of [join(lists, 'partial'), join(archives, 'archives', 'partial')]) {
    mkdirSync(folder, { recursive: true });
  }
  const own = [
    '-o',
    `Dir::State::Lists=${lists}`,
    '-o',
    `Dir::Cache=${archives}`,
    '-o',
    'Debug::NoLocking=1',
  ];
  const update = capture('apt-get', [...own, 'update', '-q'], { env });
  if (update.code !== 0) return `apt-get update (without root) failed: ${lastLines(update.stderr)}`;

  // In a simulation, apt-get names what is not installed yet, including libraries.
  const plan = capture('apt-get', [...own, '--simulate', 'install', '--no-install-recommends', ...packages], {
    env,
  });
  if (plan.code !== 0) return `apt-get cannot resolve ${packages.join(' ')}: ${lastLines(plan.stderr)}`;
  const needed = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  // The list also has packages that count as installed although their program is not on PATH.
  const names = [...new Set([...needed, ...packages])];

  const download = capture('apt-get', [...own, 'download', ...names], { env, cwd: work });
  if (download.code !== 0) return `apt-get download ${names.join(' ')} failed: ${lastLines(download.stderr)}`;
  for (const file of readdirSync(work).filter((entry) => entry.endsWith('.deb'))) {
    const unpack = capture('dpkg', ['-x', join(work, file), join(work, 'root')], { env });
    if (unpack.code !== 0) return `dpkg -x ${file} failed: ${lastLines(unpack.stderr)}`;
  }
  return undefined;
}

/**
 * PATH with the unpacked programs after the system's own, so that only missing programs come from here. Each
 * is reached through a wrapper that finds its libraries. So a caller only has to pass PATH on, and no other
 * program gets libraries that are not the system's.
 *
 * @param {string} target
 * @param {NodeJS.ProcessEnv} env
 */
function pathsInto(target, env) {
  const wrappers = join(target, 'wrappers');
  if (!existsSync(wrappers)) writeWrappers(target, wrappers);
  return { PATH: [env.PATH ?? '', wrappers].join(delimiter) };
}

/** @param {string} target @param {string} wrappers */
function writeWrappers(target, wrappers) {
  const libraries = LIBRARY_PARENTS.map((folder) => join(target, folder))
    .filter(existsSync)
    .flatMap((parent) => [
      parent,
      ...readdirSync(parent)
        .filter((name) => name.includes('-linux-'))
        .map((name) => join(parent, name)),
    ]);
  // They are made in another folder, which is then renamed, so that no process finds only some of them.
  const unfinished = `${wrappers}-${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  for (const folder of BINARY_FOLDERS.map((name) => join(target, name)).filter(existsSync)) {
    for (const name of readdirSync(folder)) {
      const script = `#!/bin/sh\nLD_LIBRARY_PATH='${libraries.join(':')}' exec '${join(folder, name)}' "$@"\n`;
      writeFileSync(join(unfinished, name), script, { mode: 0o755 });
    }
  }
  if (existsSync(wrappers)) rmSync(unfinished, { recursive: true });
  else renameSync(unfinished, wrappers);
}

/** @param {string} text */
function lastLines(text) {
  return text.trim().split('\n').slice(-3).join('; ');
}
