// Tests start programs hundreds of times. A program from source loads some 800 files each time, and again in
// each of its threads. So a test run first bundles each program from the sources that are there at that
// moment, and starts the bundles: half the work, and far fewer system calls. A bundle is found by what the
// sources hold, so that none is ever older than they are.
//
// Run as a program with the name of a new folder, it writes the bundles there.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './child-process.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Every app is bundled as its own tsup.config.ts says, except that everything goes in. */
const APPS = readdirSync(join(root, 'apps')).filter((app) =>
  existsSync(join(root, 'apps', app, 'tsup.config.ts')),
);
/** Native code cannot go into a bundle. */
const NATIVE = ['better-sqlite3', 'sodium-native'];

/** @returns {string[]} the paths of all files that a bundle is made of, except those of other packages */
function inputs() {
  const folders = ['apps', 'packages']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(root, parent, name)))
    .filter((folder) => existsSync(join(folder, 'src')));
  const sources = folders.flatMap((folder) =>
    readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const settings = folders.flatMap((folder) =>
    ['package.json', 'tsup.config.ts'].map((name) => join(folder, name)).filter((file) => existsSync(file)),
  );
  const shared = ['pnpm-lock.yaml', 'tsup.base.ts', 'tsconfig.base.json'].map((name) => join(root, name));
  return [...sources, ...settings, ...shared, fileURLToPath(import.meta.url)].sort();
}

/**
 * Makes the bundles of the sources as they are now, unless they are there.
 *
 * @returns the folder with a folder for each app, which holds `main.js`
 * @throws Error if they cannot be made
 */
export function bundlePrograms() {
  const hash = createHash('sha256').update(process.version);
  for (const file of inputs()) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  const parent = join(root, '.cache', 'programs');
  const folder = join(parent, hash.digest('hex').slice(0, 32));
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  // Another run may do the same at the same time. The folder gets its name when it is whole.
  const unfinished = `${folder}.${process.pid}`;
  const made = capture(process.execPath, [fileURLToPath(import.meta.url), unfinished], { cwd: root });
  if (made.code !== 0) throw new Error(`the programs cannot be bundled: ${made.stdout}${made.stderr}`);
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** @param {string} folder that is made */
async function writeBundles(folder) {
  const { build } = await import('tsup');
  for (const app of APPS) {
    const home = join(root, 'apps', app);
    /** @type {{ default: import('tsup').Options | import('tsup').Options[] }} */
    const { default: configured } = await import(join(home, 'tsup.config.ts'));
    for (const options of [configured].flat()) {
      const entries = Object.entries(options.entry ?? {});
      await build({
        ...options,
        config: false,
        silent: true,
        clean: false,
        treeshake: false,
        entry: Object.fromEntries(entries.map(([name, file]) => [name, resolve(home, file)])),
        outDir: join(folder, app),
        external: NATIVE,
        noExternal: [new RegExp(`^(?!(?:${NATIVE.join('|')})$)`)],
        esbuildOptions: (esbuild) => {
          esbuild.conditions = ['@mesh/source', 'node', 'import'];
        },
        // Some of what goes in is CommonJS and requires Node's modules.
        ...(options.format?.includes('esm') && {
          banner: {
            js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
          },
        }),
      });
    }
    // Relative, so that it also holds where the tree is mounted elsewhere.
    symlinkSync(relative(join(folder, app), join(home, 'node_modules')), join(folder, app, 'node_modules'));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeBundles(process.argv[2] ?? '');
