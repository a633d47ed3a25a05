// The packages of pnpm-lock.yaml: what each needs, its digest, and what its own manifest says where it is
// installed (licence, install scripts).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * @typedef {object} LockedPackage
 * @property {string} key As the lockfile names it: NAME@VERSION, with its peers in parentheses.
 * @property {string} name
 * @property {string} version
 * @property {string | undefined} integrity As npm writes it: `sha512-` and base64.
 * @property {string[]} needs Keys of the packages that it needs at run time.
 * @property {Record<string, unknown> | undefined} manifest Undefined where it is not installed: packages for
 *   other platforms.
 *
 * @typedef {object} Lock
 * @property {ReadonlyMap<string, LockedPackage>} packages By key.
 * @property {ReadonlyMap<string, string[]>} runtime What each folder of the workspace needs at run time:
 *   keys, or folders as `link:FOLDER`.
 */

const LIFECYCLE = ['preinstall', 'install', 'postinstall'];

/** @param {string} root The folder of pnpm-lock.yaml and node_modules. @returns {Lock} */
export function readLock(root) {
  const lock = parse(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8'));
  const packages = new Map();
  for (const [key, snapshot] of Object.entries(lock.snapshots)) {
    const id = key.replace(/\(.*$/s, '');
    const at = id.lastIndexOf('@');
    const [name, version] = [id.slice(0, at), id.slice(at + 1)];
    packages.set(key, {
      key,
      name,
      version,
      integrity: lock.packages[id]?.resolution?.integrity,
      needs: needsOf(snapshot ?? {}),
      manifest: readManifest(root, key, name),
    });
  }
  const runtime = new Map(
    Object.entries(lock.importers).map(([folder, importer]) => [folder, importerNeeds(folder, importer)]),
  );
  return { packages, runtime };
}

/**
 * @param {{ dependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }} snapshot
 */
function needsOf({ dependencies = {}, optionalDependencies = {} }) {
  return Object.entries({ ...dependencies, ...optionalDependencies }).map(
    ([name, version]) => `${name}@${version}`,
  );
}

/**
 * @param {string} folder
 * @param {Record<string, Record<string, { version: string }>>} importer
 */
function importerNeeds(folder, { dependencies = {}, optionalDependencies = {} }) {
  return Object.entries({ ...dependencies, ...optionalDependencies }).map(([name, { version }]) =>
    version.startsWith('link:') ? `link:${join(folder, version.slice(5))}` : `${name}@${version}`,
  );
}

/**
 * pnpm keeps each package in a folder that is named after its key, shortened where that is long.
 *
 * @param {string} root @param {string} key @param {string} name
 */
function readManifest(root, key, name) {
  const folder = folderOf(root, key, name);
  if (folder === undefined) return undefined;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { ...manifest, hasBindingGyp: existsSync(join(folder, 'binding.gyp')) };
}

/** Undefined where it is not installed. @param {string} root @param {string} key @param {string} name */
export function folderOf(root, key, name) {
  const plain = key
    .replaceAll('/', '+')
    .replace(/\)\(|\(/g, '_')
    .replaceAll(')', '');
  const direct = join(root, 'node_modules/.pnpm', plain, 'node_modules', name);
  if (existsSync(join(direct, 'package.json'))) return direct;
  const hoisted = join(root, 'node_modules/.pnpm/node_modules', name);
  return existsSync(join(hoisted, 'package.json')) ? hoisted : undefined;
}

/**
 * Everything that these folders of the workspace need at run time: keys of packages, and folders.
 *
 * @param {Lock} lock @param {readonly string[]} folders
 */
export function runtimeClosure({ packages, runtime }, folders) {
  const seen = new Set();
  const queue = folders.map((folder) => `link:${folder}`);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const needs = next.startsWith('link:') ? runtime.get(next.slice(5)) : packages.get(next)?.needs;
    queue.push(...(needs ?? []));
  }
  return seen;
}

/** The licence that a manifest states, as SPDX writes it. @param {Record<string, unknown>} manifest */
export function licenceOf({ license, licenses }) {
  if (typeof license === 'string') return license;
  if (typeof license === 'object' && license !== null && 'type' in license) return String(license.type);
  if (Array.isArray(licenses)) return licenses.map((each) => each.type ?? each).join(' OR ');
  return undefined;
}

/**
 * What would run when a package is installed: its lifecycle scripts, and the `node-gyp rebuild` that stands
 * in for them where there is a binding.gyp.
 *
 * @param {Record<string, unknown>} manifest
 * @returns {string[]}
 */
export function installScriptsOf({ scripts, hasBindingGyp }) {
  const own = /** @type {Record<string, string>} */ (scripts ?? {});
  const named = LIFECYCLE.filter((name) => own[name] !== undefined);
  const implied = hasBindingGyp === true && own.install === undefined && own.preinstall === undefined;
  return [...named, ...(implied ? ['binding.gyp'] : [])];
}
