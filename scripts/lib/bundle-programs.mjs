// Tests start programs hundreds of times. A program from source loads some 800 files each time, and again in
// each of its threads. So a test run first bundles each program from the sources that are there at that
// moment, and starts the bundles: half the work, and far fewer system calls. A bundle is found by what the
// sources hold, so that none is ever older than they are.
//
// Run as a program with the name of a new folder, it writes the bundles there.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './child-process.mjs';

const THIS_FILE = fileURLToPath(import.meta.url);
const root = dirname(dirname(dirname(THIS_FILE)));
/** How long bundles of earlier sources are kept, for runs that still use them. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const APPS = readdirSync(join(root, 'apps')).filter((app) =>
  existsSync(join(root, 'apps', app, 'tsup.config.ts')),
);
/** Native code cannot go into a bundle. */
const NATIVE = ['better-sqlite3', 'sodium-native'];

/**
 * What the bundles of a tree are made of, as a name: another one as soon as any of it changes.
 *
 * @param {string} [tree] Default: this one.
 */
export function bundleKey(tree = root) {
  const folders = ['apps', 'packages']
    .flatMap((parent) => readdirSync(join(tree, parent)).map((name) => join(tree, parent, name)))
    .filter((folder) => existsSync(join(folder, 'src')));
  const sources = folders.flatMap((folder) =>
    readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const settings = folders.flatMap((folder) =>
    ['package.json', 'tsup.config.ts'].map((name) => join(folder, name)),
  );
  const shared = ['pnpm-lock.yaml', 'tsup.base.ts', 'tsconfig.base.json'].map((name) => join(tree, name));
  const files = [...sources, ...settings.concat(shared).filter((file) => existsSync(file))].sort();
  const hash = createHash('sha256').update(process.version).update(readFileSync(THIS_FILE));
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 32);
}

/**
 * Makes the bundles of the sources as they are now, unless they are there.
 *
 * @returns the folder with a folder for each app, which holds `main.js`
 * @throws Error if they cannot be made
 */
export function bundlePrograms() {
  const parent = join(root, '.cache', 'programs');
  const key = bundleKey();
  const folder = join(parent, key);
  if (existsSync(folder)) return folder;
  mkdirSync(parent, { recursive: true });
  for (const old of readdirSync(parent).map((name) => join(parent, name)))
    if (Date.now() - statSync(old).mtimeMs > KEPT_MS) rmSync(old, { recursive: true, force: true });
  // Another run may do the same at the same time. The folder gets its name when it is whole.
  const unfinished = `${folder}.${process.pid}`;
  const made = capture(process.execPath, [THIS_FILE, unfinished], { cwd: root });
  try {
    if (made.code !== 0) throw new Error(`${made.stdout}${made.stderr}`);
    if (bundleKey() !== key)
      throw new Error('a source changed while it was bundled: start the test run again');
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw new Error('the programs cannot be bundled', { cause: error });
  }
  return folder;
}

/**
 * Bundles an app as its tsup.config.ts says, except that everything goes in.
 *
 * @param {string} app the name of its folder
 * @param {string} folder the parent of the folder that is made, which has the same name
 * @param {import('tsup').Options['esbuildPlugins']} [esbuildPlugins] what a test puts into it
 */
export async function bundleApp(app, folder, esbuildPlugins = []) {
  const { build } = await import('tsup');
  const home = join(root, 'apps', app);
  /** @type {{ default: import('tsup').Options | import('tsup').Options[] }} */
  const { default: configured } = await import(join(home, 'tsup.config.ts'));
  for (const options of [configured].flat()) {
    // Each alone: a thread that shared chunks with main would load all that main needs a second time.
    for (const [name, file] of Object.entries(options.entry ?? {}))
      await build({
        ...options,
        config: false,
        silent: true,
        clean: false,
        treeshake: false,
        entry: { [name]: resolve(home, file) },
        outDir: join(folder, app),
        external: NATIVE,
        noExternal: [new RegExp(`^(?!(?:${NATIVE.join('|')})$)`)],
        esbuildPlugins,
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

if (process.argv[1] === THIS_FILE) for (const app of APPS) await bundleApp(app, process.argv[2] ?? '');
