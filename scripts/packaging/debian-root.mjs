// A Debian system in a folder, in which packages are tried: made by mmdebstrap once, kept as an archive in
// the cache folder, and unpacked anew for each trial.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { capture } from '../lib/child-process.mjs';
import { cacheFolder } from '../lib/unpack-debian-packages.mjs';

/** What the packages depend on, the manual, and systemd, which checks the units. */
const INCLUDED = ['systemd', 'man-db', 'wireguard-tools', 'nftables', 'iproute2', 'procps'];

/**
 * @typedef {object} DebianRoot
 * @property {string} folder
 * @property {(script: string) => { code: number, stdout: string, stderr: string }} sh Runs a script in it, as
 *   root, without network and without this machine's processes.
 * @property {() => void} remove
 */

/**
 * The archive of the system, which is made if it is not in the cache: as root, with mmdebstrap, which is
 * installed if it is missing. The log says so first.
 *
 * @param {{ env?: NodeJS.ProcessEnv, log?: (line: string) => void }} [options]
 * @throws Error if it cannot be made
 */
export function debianRootArchive({ env = process.env, log = () => undefined } = {}) {
  const suite = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  const archive = join(cacheFolder(env), `debian-root-${suite}-${INCLUDED.join('+')}.tar`);
  if (existsSync(archive)) return archive;
  if (process.geteuid?.() !== 0)
    throw new Error('a Debian system to try packages in is made as root: run this as root');
  if (capture('mmdebstrap', ['--version']).code !== 0) {
    log('will install Debian’s mmdebstrap with apt-get');
    const args = ['install', '-y', '--no-install-recommends', 'mmdebstrap'];
    const installed = capture('apt-get', args, { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (installed.code !== 0) throw new Error(`mmdebstrap cannot be installed: ${installed.stderr.trim()}`);
  }
  log(`will make a Debian ${suite} (${INCLUDED.join(', ')}; 90 MB to download) in ${archive}`);
  mkdirSync(dirname(archive), { recursive: true });
  const unfinished = `${archive}.${process.pid}.tar`;
  const args = ['--variant=minbase', `--include=${INCLUDED.join(',')}`, suite, unfinished];
  const made = capture('mmdebstrap', args, { env });
  if (made.code !== 0)
    throw new Error(`mmdebstrap failed: ${made.stderr.trim().split('\n').slice(-3).join('; ')}`);
  renameSync(unfinished, archive);
  return archive;
}

/** @param {string} archive @returns {DebianRoot} @throws Error if it cannot be unpacked */
export function unpackDebianRoot(archive) {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-debian-root-'));
  const unpacked = capture('tar', ['-xf', archive, '-C', folder, '--exclude=./dev/*', '--numeric-owner']);
  if (unpacked.code !== 0) throw new Error(`${archive} cannot be unpacked: ${unpacked.stderr.trim()}`);
  return {
    folder,
    sh: (script) =>
      capture('unshare', [...NAMESPACES, 'sh', '-c', ENTER, 'sh', folder, script], {
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const NAMESPACES = ['--mount', '--pid', '--fork', '--net'];
/** The mounts are gone with the namespace. */
const ENTER = `set -e
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=0755 tmpfs "$1/dev"
for device in null zero random urandom; do touch "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
exec chroot "$1" sh -c "$2"`;
