import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { compileCacheFolder } from './scripts/lib/warm-compile-cache.mjs';

// Tests run the sources, never a build: no stale dist can make them pass. (The packed packages are the exception:
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

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Worker threads and child processes started by a test resolve the sources too.
    execArgv: ['--conditions=@mesh/source'],
    projects: roots.map((root) => ({
      extends: true as const,
      root: join(import.meta.dirname, root),
      test: { name: projectName(root), include: ['test/**/*.test.ts'] },
    })),
  },
});
