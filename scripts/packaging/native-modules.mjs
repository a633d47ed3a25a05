// Copies npm packages with native code, and what they need, beside a bundled program: only the files that
// they load, with the prebuilt binary of one platform.
import { cpSync, existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';

/** What no program loads: sources, builds for others, and documents. */
const LEFT_OUT = /^(?:src|deps|extensions|binding\.gyp|binding\.cc|CMakeLists\.txt)$|\.(?:md|bare|d\.ts)$/;

/**
 * @param {object} options
 * @param {readonly string[]} options.names
 * @param {string} options.from The folder of the app that declares them.
 * @param {string} options.to The folder that gets a `node_modules`.
 * @param {string} options.platform As prebuilds are named: `linux-x64`.
 * @returns {string[]} the names of all that were copied, sorted
 * @throws Error if one has no binary for the platform, or two versions of one are needed
 */
export function copyNativeModules({ names, from, to, platform }) {
  /** @type {Map<string, string>} */
  const homes = new Map();
  for (const name of names) collect(name, from, homes);
  for (const [name, home] of homes) {
    const target = join(to, 'node_modules', name);
    cpSync(home, target, { recursive: true, filter: (file) => isLoaded(relative(home, file), platform) });
    if (!existsSync(join(home, 'prebuilds'))) continue;
    const prebuilt = readdirSync(join(target, 'prebuilds'));
    if (prebuilt.length !== 1)
      throw new Error(`${name} has ${prebuilt.length} binaries for ${platform}: one is needed`);
  }
  return [...homes.keys()].sort();
}

/** @param {string} name @param {string} from @param {Map<string, string>} homes */
function collect(name, from, homes) {
  const home = homeOf(name, from);
  const known = homes.get(name);
  if (known === home) return;
  if (known !== undefined) throw new Error(`${name} is needed in two versions: ${known} and ${home}`);
  homes.set(name, home);
  /** @type {{ dependencies?: Record<string, string> }} */
  const { dependencies = {} } = createRequire(import.meta.url)(join(home, 'package.json'));
  for (const needed of Object.keys(dependencies)) if (!BUILD_ONLY.has(needed)) collect(needed, home, homes);
}

/** Headers for a build. */
const BUILD_ONLY = new Set(['node-addon-api']);

/** pnpm links what a package needs beside it, or into the app's own node_modules. */
function homeOf(/** @type {string} */ name, /** @type {string} */ from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const home =
      basename(folder) === 'node_modules' ? join(folder, name) : join(folder, 'node_modules', name);
    if (existsSync(home)) return realpathSync(home);
    if (folder === dirname(folder)) throw new Error(`${name} is not installed: run pnpm install`);
  }
}

/** @param {string} path Within the package. @param {string} platform */
function isLoaded(path, platform) {
  if (path === '') return true;
  const [first = '', second] = path.split('/');
  if (first === 'node_modules' || LEFT_OUT.test(first) || LEFT_OUT.test(path)) return false;
  if (first !== 'prebuilds' || second === undefined) return true;
  return second === platform || second === `${platform}.node`;
}
