import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { capture } from '../lib/child-process.mjs';
import { warmCompileCache, workerPrograms } from '../lib/warm-compile-cache.mjs';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mesh-compile-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** @returns whether a worker thread that loads `program` also loads Node's type stripper */
function removesTypes(program: string, cache: string): boolean {
  const inThread = `import(${JSON.stringify(pathToFileURL(program).href)}).catch(() => undefined).finally(() => {
    const { parentPort } = require('node:worker_threads');
    parentPort.postMessage(process.moduleLoadList.some((name) => name.includes('amaro')));
    process.exit();
  })`;
  const main = `const { Worker } = require('node:worker_threads');
    new Worker(${JSON.stringify(inThread)}, { eval: true, workerData: {} }).on('message', (it) => console.log(String(it)))`;
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  const run = capture(process.execPath, ['--conditions=@mesh/source', '--eval', main], { cwd: root, env });
  const said = run.stdout.trim().split('\n').at(-1);
  expect(['true', 'false'], run.stderr).toContain(said);
  return said === 'true';
}

describe('the warmed compile cache', () => {
  it('covers every program of a worker thread', () => {
    const args = ['-rE', 'new Worker\\(', 'apps', '--include=*.ts', '--exclude-dir=node_modules'];
    const threads = capture('grep', args, { cwd: root })
      .stdout.trim()
      .split('\n')
      // A thread that runs a string has no types to strip.
      .filter((line) => line.includes('/src/') && !line.includes('eval: true'));
    expect(workerPrograms().map((file) => relative(root, file))).toHaveLength(threads.length);
  });

  it('leaves no types for a worker thread to strip', () => {
    const warm = join(folder, 'warm');
    expect(warmCompileCache({ ...process.env, NODE_COMPILE_CACHE: warm })).toMatchObject({
      code: 0,
      stderr: '',
    });
    for (const program of workerPrograms()) {
      expect(removesTypes(program, join(folder, 'cold')), `${program}, cold`).toBe(true);
      expect(removesTypes(program, warm), `${program}, warm`).toBe(false);
    }
  });
});
