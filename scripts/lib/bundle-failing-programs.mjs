// Bundles programs in which exports of modules fail, one in each start: the one that a variable names. The
// programs that ship have no such switch.
//
//   node scripts/lib/bundle-failing-programs.mjs FOLDER '{"controller":[["apps/controller/src/init.ts","init"]]}'
//
// The names of apps, and what can fail in each: modules by their paths from the repository's root, and names
// of functions or classes that they export. Each program that loads the module gets the switch.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleApp } from './bundle-programs.mjs';

/**
 * What fails, and how: `throws MODULE NAME` when the export is called, constructed, or one of its methods is
 * read; `hangs MODULE NAME` when a class is closed.
 */
const FAILS_VARIABLE = 'E2E_FAILS';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * The module that stands for one whose exports can fail.
 *
 * @param {string} module
 * @param {readonly string[]} names
 */
function switchFor(module, names) {
  const original = JSON.stringify(join(root, module));
  const lines = names.map(
    (name) => `import { ${name} as ${name}Original } from ${original};
export const ${name} = fails(${JSON.stringify(name)}, ${name}Original);`,
  );
  return `export * from ${original};
${lines.join('\n')}
function fails(name, original) {
  const told = process.env.${FAILS_VARIABLE};
  if (told === ${JSON.stringify(`throws ${module} `)} + name) {
    const fail = () => { throw new Error('fault in ' + name); };
    return new Proxy(function () {}, { apply: fail, construct: fail, get: () => fail });
  }
  if (told === ${JSON.stringify(`hangs ${module} `)} + name)
    return class extends original {
      close() {
        console.log('closing without end');
        setInterval(() => undefined, 1_000);
        return new Promise(() => undefined);
      }
    };
  return original;
}
`;
}

/**
 * @param {ReadonlyMap<string, readonly string[]>} names by module
 * @param {Set<string>} found gets the modules that a program loads
 * @returns {NonNullable<import('tsup').Options['esbuildPlugins']>[number]}
 */
function failing(names, found) {
  return {
    name: 'failing',
    setup(build) {
      build.onResolve({ filter: /^[.@/]/ }, async ({ path, namespace, pluginData, ...args }) => {
        if (pluginData === 'found' || namespace === 'failing') return undefined;
        const { resolveDir, importer, kind } = args;
        const at = await build.resolve(path, { resolveDir, importer, kind, pluginData: 'found' });
        const module = relative(root, at.path);
        return names.has(module) ? { path: module, namespace: 'failing' } : at;
      });
      build.onLoad({ filter: /.*/, namespace: 'failing' }, ({ path }) => {
        found.add(path);
        return { contents: switchFor(path, names.get(path) ?? []), resolveDir: root };
      });
    },
  };
}

const [folder = '', json = '{}'] = process.argv.slice(2);
/** @type {Record<string, [string, string][]>} */
const apps = JSON.parse(json);
mkdirSync(folder, { recursive: true });
// Without it each start would parse the bundle as CommonJS first.
writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
for (const [app, exports] of Object.entries(apps)) {
  const names = new Map(
    exports.map(([module]) => [module, exports.filter(([of]) => of === module).map(([, name]) => name)]),
  );
  const found = new Set();
  await bundleApp(app, folder, [failing(names, found)]);
  const missing = [...names.keys()].filter((module) => !found.has(module));
  if (missing.length > 0) throw new Error(`no program of ${app} loads ${missing.join(', ')}`);
}
