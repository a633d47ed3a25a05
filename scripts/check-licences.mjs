// Refuses a package whose licence is not on the list: of those that ship with the programs, and, with a wider
// list, of the tools that build and test them.
//
//   node scripts/check-licences.mjs
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { licenceOf, readLock, runtimeClosure } from './lib/installed-packages.mjs';
import { shippedFolders } from './lib/published-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** They ask for a notice and nothing else, so they go with Apache-2.0. */
const SHIPPED = [
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
];
/** Tools are not passed on. MPL-2.0 asks for the source of its own files only. */
const TOOLS = [...SHIPPED, 'MPL-2.0', 'CC-BY-4.0', 'Python-2.0', 'Unlicense'];

/**
 * Whether an SPDX expression of names, AND and OR is allowed. One with inner brackets is not.
 *
 * @param {string} expression
 * @param {string[]} allowed
 */
export function isAllowed(expression, allowed) {
  const plain = expression.replace(/^\(([^()]*)\)$/, '$1');
  return plain
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((name) => allowed.includes(name.trim())));
}

/**
 * @param {import('./lib/installed-packages.mjs').Lock} lock
 * @param {readonly string[]} folders The folders of the workspace that ship.
 * @returns {string[]} one sentence for each fault
 */
export function licenceProblems(lock, folders) {
  const shipped = runtimeClosure(lock, folders);
  return [...lock.packages.values()].flatMap(({ key, name, version, manifest }) => {
    if (manifest === undefined) return [];
    const isShipped = shipped.has(key);
    const licence = licenceOf(manifest);
    const what = `${name}@${version}, ${isShipped ? 'which ships with the programs,' : 'a tool,'}`;
    if (licence === undefined) return [`${what} states no licence: find it out, or use another package`];
    if (isAllowed(licence, isShipped ? SHIPPED : TOOLS)) return [];
    return [`${what} is under ${licence}: use another package, or add the licence to the list with a reason`];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = readLock(root);
  const problems = licenceProblems(lock, shippedFolders());
  const installed = [...lock.packages.values()].filter(({ manifest }) => manifest !== undefined).length;
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${installed} packages, ${problems.length} problems\n`);
  process.exitCode = problems.length === 0 && installed > 0 ? 0 : 1;
}
