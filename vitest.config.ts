import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Tests run the sources, never a build: no stale dist can make them pass.
const conditions = ['@mesh/source', 'node', 'import', 'module', 'default'];

const roots = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(import.meta.dirname, parent)).map((name) => `${parent}/${name}`))
  .concat(['e2e', 'demo', 'bench'])
  .filter((root) => existsSync(join(import.meta.dirname, root, 'test')));

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
      test: { name: root.split('/').at(-1) ?? root, include: ['test/**/*.test.ts'] },
    })),
  },
});
