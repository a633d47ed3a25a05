// Tries the Debian packages in a Debian system of their own: installs, upgrades, removes and purges them.
//
//   npm run e2e -- packages [--from DIR]      DIR: what npm run package has made; default: dist/packages
//
// Exit codes: 0 all claims held, 1 one did not, 2 bad arguments or no packages, 3 it cannot be tried here.
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEBIAN_PACKAGES } from './packaging/debian-packages.mjs';
import { debianRootArchive, unpackDebianRoot } from './packaging/debian-root.mjs';
import { makeOlderPackage } from './packaging/older-package.mjs';
import { TRIAL_STEPS } from './packaging/trial-steps.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {number} code @param {unknown} error @returns {never} */
function giveUp(code, error) {
  process.stderr.write(`packages: ${error instanceof Error ? error.message : error}\n`);
  process.exit(code);
}

function readArguments() {
  try {
    const options = /** @type {const} */ ({ from: { type: 'string', default: join(root, 'dist/packages') } });
    return parseArgs({ options }).values;
  } catch (error) {
    return giveUp(2, error);
  }
}

/** @param {string} folder @returns {string[]} the packages in it, one of each */
function packagesIn(folder) {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return DEBIAN_PACKAGES.map(({ name }) => {
    const found = files.filter((file) => file.startsWith(`${name}_`) && file.endsWith('.deb'));
    if (found.length !== 1 || found[0] === undefined)
      giveUp(
        2,
        `${folder} has ${found.length} packages ${name}: run npm run package -- --out DIR with a new folder`,
      );
    return join(folder, found[0]);
  });
}

function makeRoot() {
  try {
    return unpackDebianRoot(
      debianRootArchive({ log: (line) => void process.stderr.write(`[packages] ${line}\n`) }),
    );
  } catch (error) {
    return giveUp(3, error);
  }
}

const debs = packagesIn(resolve(readArguments().from));
const debian = makeRoot();
try {
  for (const folder of ['old', 'new']) mkdirSync(join(debian.folder, 'debs', folder), { recursive: true });
  for (const deb of debs) {
    copyFileSync(deb, join(debian.folder, 'debs/new', deb.split('/').at(-1) ?? ''));
    makeOlderPackage(deb, join(debian.folder, 'debs/old'));
  }
  for (const { claim, script } of TRIAL_STEPS) {
    const { code, stdout, stderr } = debian.sh(`set -e\n${script}`);
    process.stdout.write(`${code === 0 ? 'held' : 'DID NOT HOLD'}: ${claim}\n`);
    if (code === 0) continue;
    process.stdout.write(`${stdout}${stderr}`);
    process.exitCode = 1;
    // What follows builds on it.
    break;
  }
} finally {
  debian.remove();
}
