// Runs systemd-analyze: the one of this machine, or one that is unpacked from Debian's package, which needs
// no systemd to run here and changes nothing on the machine.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from './child-process.mjs';
import { unpackDebianPackages } from './unpack-debian-packages.mjs';

const PACKAGES = ['systemd', 'libsystemd-shared'];

/**
 * @typedef {(args: readonly string[]) => { status: number | null, stdout: string, stderr: string }} Analyze
 * @returns {Analyze | undefined} undefined if it is neither here nor can be unpacked; says so on standard
 *   error
 */
export function findSystemdAnalyze() {
  /** @param {string} message */
  const log = (message) => void process.stderr.write(`[systemd-analyze] ${message}\n`);
  const here = capture('systemd-analyze', ['--version'], { env: process.env });
  if (here.code === 0) return runner('systemd-analyze', process.env);
  const unpacked = unpackDebianPackages({ packages: PACKAGES, env: process.env, log });
  if (unpacked.failure !== undefined) {
    log(`the units are not checked: ${unpacked.failure}`);
    return undefined;
  }
  const { folder } = unpacked;
  const [triplet = ''] = readdirSync(join(folder, 'usr/lib')).filter((name) => name.includes('-linux-'));
  const units = ['usr/lib/systemd/system', 'lib/systemd/system'].map((path) => join(folder, path));
  return runner(join(folder, 'usr/bin/systemd-analyze'), {
    ...process.env,
    LD_LIBRARY_PATH: ['systemd', '.'].map((name) => join(folder, 'usr/lib', triplet, name)).join(':'),
    SYSTEMD_UNIT_PATH: units.filter(existsSync).join(':'),
  });
}

/**
 * @param {string} program
 * @param {NodeJS.ProcessEnv} env
 * @returns {Analyze}
 */
function runner(program, env) {
  return (args) => {
    const { code, stdout, stderr } = capture(program, [...args], { env });
    return { status: code, stdout, stderr };
  };
}
