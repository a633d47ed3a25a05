// Makes sure that tests have a PKCS#11 token here: SoftHSM from Debian, and pkcs11js, which is compiled. Both
// go into a cache folder; nothing in the system or the checkout changes. No dependencies; Node 20 or newer.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { capture } from './lib/child-process.mjs';
import { cacheFolder, unpackDebianPackages } from './lib/unpack-debian-packages.mjs';

const PKCS11JS = 'pkcs11js@2.1.7';
/** Where the library is in Debian, with the name of the platform or without. */
const LIBRARIES = [
  'usr/lib/softhsm',
  'usr/lib/x86_64-linux-gnu/softhsm',
  'usr/lib/aarch64-linux-gnu/softhsm',
];

/**
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void }} [options]
 * @returns {{ module: string, util: string, nodePath: string, failure?: undefined } | { failure: string }}
 *   the library, the program that makes tokens, and the folder in which pkcs11js is found (NODE_PATH)
 */
export function ensureSoftHsm({ env = process.env, log = () => undefined } = {}) {
  const softHsm = unpackDebianPackages({ packages: ['softhsm2'], env, log });
  if (softHsm.failure !== undefined) return { failure: softHsm.failure };
  const { folder } = softHsm;
  const module = [folder, '/']
    .flatMap((root) => LIBRARIES.map((name) => join(root, name, 'libsofthsm2.so')))
    .find(existsSync);
  if (module === undefined) return { failure: `${folder} has no libsofthsm2.so` };
  const addon = installAddon(env, log);
  if (addon.failure !== undefined) return { failure: addon.failure };
  return { module, util: join(folder, 'wrappers/softhsm2-util'), nodePath: addon.nodePath };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} log
 * @returns {{ nodePath: string, failure?: undefined } | { failure: string }}
 */
function installAddon(env, log) {
  const target = join(cacheFolder(env), PKCS11JS.replace('@', '-'));
  const nodePath = join(target, 'node_modules');
  if (existsSync(target)) return { nodePath };
  const work = `${target}-${process.pid}`;
  log(`${PKCS11JS} is compiled in ${work}`);
  try {
    mkdirSync(work, { recursive: true });
    // Variables of the package manager that runs the tests would change what npm does.
    const own = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(npm|pnpm)_/i.test(name)));
    const args = ['install', '--prefix', work, '--no-save', '--no-audit', '--no-fund', PKCS11JS];
    // It comes with the Node that runs this, or from PATH.
    const beside = join(dirname(process.execPath), 'npm');
    const made = capture(existsSync(beside) ? beside : 'npm', args, { env: own });
    if (made.code !== 0)
      return {
        failure: `npm install ${PKCS11JS} failed: ${made.stderr.trim().split('\n').slice(-3).join('; ')}`,
      };
    if (!existsSync(join(work, 'node_modules/pkcs11js/build/Release/pkcs11.node')))
      return { failure: `${PKCS11JS} was installed without its addon: let npm run its install script` };
    // A folder that exists is complete: another process may have been faster.
    if (!existsSync(target)) renameSync(work, target);
    return { nodePath };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
