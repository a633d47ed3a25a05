import { defineConfig, type Options } from 'tsup';

/** One build for every published package: ESM and declarations from `src/index.ts`. */
export function libraryBuild(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    dts: true,
    clean: true,
    target: 'es2023',
    treeshake: true,
    ...options,
  });
}

/** Apps: the private host package is bundled in, the published packages stay dependencies. */
export function appBuild(
  entry: Record<string, string>,
  options: Options = {},
): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['esm'],
    dts: false,
    clean: true,
    target: 'node22',
    platform: 'node',
    noExternal: ['@mesh/host'],
    splitting: true,
    ...options,
  });
}

/**
 * A program that runs without what lies beside it: one file with everything in it, CommonJS, since some of
 * what it takes in is.
 */
export function singleFileBuild(entry: Record<string, string>): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry,
    format: ['cjs'],
    dts: false,
    target: 'node22',
    platform: 'node',
    noExternal: [/./],
    splitting: false,
  });
}
