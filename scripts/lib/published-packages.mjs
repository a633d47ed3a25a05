// The published packages, and their tarballs as a registry would get them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './child-process.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * @typedef {object} PublishedPackage
 * @property {string} name
 * @property {string} folder Relative to the repository: "packages/psk".
 * @property {boolean} isLibrary Whether it is imported by name; an app has commands only.
 * @property {Record<string, string>} bin Command → file inside the package.
 */

/** Every package below packages/ and apps/ that is not private. @returns {PublishedPackage[]} */
export function publishedPackages() {
  return ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json')))
      .map((folder) => ({
        folder,
        manifest: JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
      }))
      .filter(({ manifest }) => !manifest.private)
      .map(({ folder, manifest }) => ({
        name: manifest.name,
        folder,
        isLibrary: manifest.exports !== undefined,
        bin: manifest.bin ?? {},
      })),
  );
}

/**
 * The folders whose code ships: those of the published packages, of @mesh/host, which is private and bundled
 * into the programs, and of the dashboard, whose build is in the controller's package.
 *
 * @returns {string[]}
 */
export function shippedFolders() {
  return [...publishedPackages().map(({ folder }) => folder), 'packages/host', 'apps/dashboard'];
}

/**
 * Packs a built package as it would be published and returns the tarball's path.
 *
 * @param {PublishedPackage} published
 * @param {string} destination An existing folder.
 * @throws Error if it is not built or cannot be packed.
 */
export function packPackage({ name, folder }, destination) {
  const cwd = join(root, folder);
  if (!existsSync(join(cwd, 'dist'))) throw new Error(`${name} is not built: run \`pnpm run build\` first`);
  const packed = capture('pnpm', ['pack', '--json', '--pack-destination', destination], { cwd });
  if (packed.code !== 0) throw new Error(`${name} cannot be packed: ${packed.stderr || packed.stdout}`);
  // Lines of lifecycle scripts may precede the JSON.
  const { filename } = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('{')));
  return join(destination, filename.split('/').at(-1));
}
