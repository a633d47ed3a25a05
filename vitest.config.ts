import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { IN_FULL } from './packages/host/test/kit/in-full.ts';
import { filesAtOnce } from './scripts/lib/files-at-once.mjs';
import { LongestFirst } from './scripts/lib/longest-first.mjs';
import { compileCacheFolder } from './scripts/lib/warm-compile-cache.mjs';

// Tests run the sources, never a build that was there before: no stale dist can make them pass. The programs
// that they start are bundled from the sources when the run begins. (The packed packages are the exception:
// scripts/test/packed-packages.test.ts installs what would be published.)
const conditions = ['@mesh/source', 'node', 'import', 'module', 'default'];

// Inherited by every process that a test starts, and their worker threads.
process.env.NODE_COMPILE_CACHE ??= compileCacheFolder;

const roots = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(import.meta.dirname, parent)).map((name) => `${parent}/${name}`))
  .concat(['e2e', 'demo', 'bench', 'scripts'])
  .filter((root) => existsSync(join(import.meta.dirname, root, 'test')));

/** A project is named after its folder; what concerns the repository as a whole is tested from scripts/. */
function projectName(root: string): string {
  return root === 'scripts' ? 'repository' : (root.split('/').at(-1) ?? root);
}

/**
 * Tests that hold programs to a second of their own time, by project: they are the project NAME-timed. They
 * subtract what the programs waited for a core, or leave more room than that, but a machine that does little
 * else shows more.
 */
const TIMED: Readonly<Record<string, readonly string[]>> = {
  e2e: ['bad-disk', 'denial-claim', 'key-rotation-in-place', 'mechanisms', 'strict-restart', 'whole-mesh'],
};

/**
 * Files that only a run in full has: `npm run e2e -- tests`. Each is a mesh on real WireGuard for half a
 * minute to three minutes. What its programs do there is tested by parts in each run: on interfaces in
 * `wg-device`, with a controller in `controller` and `node-agent`. Single variants: `variants` of the test
 * kit.
 */
const IN_FULL_ONLY = IN_FULL
  ? []
  : [
      'bad-host',
      'dashboard/graph',
      'foreign-routes',
      'key-rotation-strict',
      'lead-restart',
      'mechanisms',
      'pair-truth',
      'probation-tunnel',
      'put-back-database',
      'quiet-restart',
      'strict-restart',
      'weak-host',
    ].map((file) => `test/${file}.test.ts`);

/** Tests in a browser, one browser for each file: they are the project e2e-browser. */
const IN_BROWSER = ['test/dashboard/**/*.test.ts'];

/**
 * Projects that share an order share the number of files at once. A lower order runs first; one of a single
 * file at once runs last.
 */
const ON_THEIR_OWN = { maxWorkers: filesAtOnce(3), sequence: { groupOrder: 0 } };
/**
 * Half of these compute and half of them wait: for epochs, leases and pings. Fewer at once leave cores idle.
 */
const TOGETHER = { maxWorkers: filesAtOnce(5), sequence: { groupOrder: 1 } };

/**
 * Projects whose every test file gets a worker of its own. In the others a worker loads the modules once for
 * all the files that it runs: so a file leaves no global changed, and one that replaces a module loads the
 * modules anew, before and after (`vi.resetModules()`; scripts/test/shared-modules.test.ts looks for it).
 */
const OWN_WORKERS = ['bench', 'demo', 'repository'];

const projects = roots.flatMap((root) => {
  const name = projectName(root);
  const all = ['test/**/*.test.ts'];
  const timed = (TIMED[name] ?? []).map((file) => `test/**/${file}.test.ts`);
  const isolate = OWN_WORKERS.includes(name);
  const inBrowser = name === 'e2e' ? IN_BROWSER : [];
  const exclude = [...timed, ...inBrowser, ...IN_FULL_ONLY];
  const together = { root, name, include: all, exclude, isolate, ...TOGETHER };
  return [
    together,
    ...(timed.length === 0
      ? []
      : [{ root, name: `${name}-timed`, include: timed, exclude: IN_FULL_ONLY, ...ON_THEIR_OWN }]),
    ...(inBrowser.length === 0
      ? []
      : [{ root, name: `${name}-browser`, include: inBrowser, exclude: IN_FULL_ONLY, ...TOGETHER }]),
  ];
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: './scripts/lib/test-programs.mjs',
    sequence: { sequencer: LongestFirst },
    // No claim: these end what hangs, on a machine that may be slow or busy with other work.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    // Worker threads and child processes started by a test resolve the sources too.
    execArgv: ['--conditions=@mesh/source'],
    projects: projects.map(({ root, ...test }) => ({
      extends: true as const,
      root: join(import.meta.dirname, root),
      test,
    })),
  },
});
