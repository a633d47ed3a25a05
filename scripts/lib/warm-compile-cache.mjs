// Node runs TypeScript by stripping the types with its own WebAssembly compiler. V8 13.6 has a race in what
// its threads share for WebAssembly: now and then a process dies, with SIGSEGV or `jit_page.has_value()`,
// when a worker thread strips types while the rest of the process is busy. The sources in Node's compile
// cache have no types left. So a single-threaded process puts them there first, and every worker thread finds
// them. Built programs have no types.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { capture } from './child-process.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The folder of a tree's sources without types. Every Node that runs sources gets it.
 *
 * @param {string} tree
 */
export function compileCacheFolderOf(tree) {
  return join(tree, 'node_modules', '.cache', 'node');
}

/** That of this tree. */
export const compileCacheFolder = compileCacheFolderOf(root);

/**
 * @param {string} [tree] Default: this one.
 * @returns {string[]} absolute paths of the programs that run as worker threads
 */
export function workerPrograms(tree = root) {
  return readdirSync(join(tree, 'apps'))
    .map((app) => join(tree, 'apps', app, 'src'))
    .filter((src) => existsSync(src))
    .flatMap((src) => readdirSync(src, { recursive: true, encoding: 'utf8' }).map((file) => join(src, file)))
    .filter((file) => file.endsWith('-worker.ts'));
}

/**
 * Loads every worker program once. It refuses to run outside a worker, which does not matter: its modules are
 * loaded.
 * @param {NodeJS.ProcessEnv} env with NODE_COMPILE_CACHE, and the right Node on its PATH
 * @param {string} [tree] Default: this one.
 */
export function warmCompileCache(env, tree = root) {
  const programs = workerPrograms(tree).map((file) => pathToFileURL(file).href);
  const load = `for (const file of process.argv.slice(1)) await import(file).catch(() => undefined)`;
  const args = ['--conditions=@mesh/source', '--input-type=module', '--eval', load, ...programs];
  return capture('node', args, { cwd: tree, env });
}
