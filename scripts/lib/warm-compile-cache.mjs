// Node runs TypeScript by taking the types out with a WebAssembly compiler of its own. V8 13.6 races in what its
// threads share for WebAssembly: a process dies now and then, SIGSEGV or `jit_page.has_value()`, where a worker thread
// takes types out while the rest of the process is busy. What stands in Node's compile cache has no types left, so
// every worker thread finds its sources there, put by a process of one thread. Built programs have no types to lose.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { capture } from './child-process.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where the sources without types are kept: given to every Node that runs sources. */
export const compileCacheFolder = join(root, 'node_modules', '.cache', 'node');

/** @returns {string[]} absolute paths of the programs that run as worker threads */
export function workerPrograms() {
  return readdirSync(join(root, 'apps'))
    .map((app) => join(root, 'apps', app, 'src'))
    .filter((src) => existsSync(src))
    .flatMap((src) => readdirSync(src, { recursive: true, encoding: 'utf8' }).map((file) => join(src, file)))
    .filter((file) => file.endsWith('-worker.ts'));
}

/**
 * Loads every worker program once. That it refuses to run outside a worker does not matter: its modules are loaded.
 * @param {NodeJS.ProcessEnv} env with NODE_COMPILE_CACHE, and the Node to be used on its PATH
 */
export function warmCompileCache(env) {
  const programs = workerPrograms().map((file) => pathToFileURL(file).href);
  const load = `for (const file of process.argv.slice(1)) await import(file).catch(() => undefined)`;
  const args = ['--conditions=@mesh/source', '--input-type=module', '--eval', load, ...programs];
  return capture('node', args, { cwd: root, env });
}
