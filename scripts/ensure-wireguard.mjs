// Makes sure that WireGuard labs can run here, or says exactly what is missing and how to get it.
//
//   node scripts/ensure-wireguard.mjs            as a command: prints what it finds and does
//   ensureWireguard({ log }) → { mode, missing, env }
//
// The modes: `root` (namespaces are made directly), `rootless` (under `unshare --user --map-root-user --net
// --mount`), `none` (no tunnel can be tested here). As root on Debian or Ubuntu it installs missing packages;
// without root it unpacks them into a cache folder, which `env` puts on PATH. No dependencies; Node 20 or
// newer.
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './lib/child-process.mjs';
import { unpackDebianPackages } from './lib/unpack-debian-packages.mjs';

/**
 * The tools that labs call, and the Debian packages that have them. Without a `required` tool no tunnel can
 * be made; only some tests need the others.
 */
export const LAB_TOOLS = [
  { command: 'wg', version: '--version', package: 'wireguard-tools', required: true },
  { command: 'wireguard-go', version: '--version', package: 'wireguard-go', required: true },
  { command: 'ip', version: '-V', package: 'iproute2', required: true },
  { command: 'ping', version: '-V', package: 'iputils-ping', required: false },
  { command: 'nft', version: '--version', package: 'nftables', required: false },
];

/**
 * Tools that tests need in addition to a lab: strace kills programs in the middle of a write, and fills their
 * disks; groff reads manual pages; chromium shows the dashboard.
 */
export const TEST_TOOLS = [
  { command: 'strace', version: '-V', package: 'strace', required: false },
  { command: 'groff', version: '--version', package: 'groff-base', required: false },
  { command: 'chromium', version: '--version', package: 'chromium', required: false },
];

/** Folders of system tools, which the PATH of an ordinary user often lacks. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/**
 * What a lab does with the kernel, tried once in namespaces that vanish with the process: a tmpfs, a named
 * namespace, a veth pair and a TUN device. UDP sockets are left to the lab itself.
 */
const KERNEL_PROBE = [
  'set -e',
  'mount -t tmpfs tmpfs /run || { echo "a tmpfs cannot be mounted" >&2; exit 1; }',
  'ip netns add probe || { echo "network namespaces cannot be made" >&2; exit 1; }',
  'ip link add veth-probe type veth peer name veth-peer || { echo "veth pairs cannot be made" >&2; exit 1; }',
  'ip tuntap add dev tun-probe mode tun || { echo "/dev/net/tun cannot make a TUN device" >&2; exit 1; }',
].join('\n');

/**
 * @typedef {object} LabState
 * @property {'root' | 'rootless' | 'none'} mode
 * @property {string[]} missing What is missing and how to get it, one sentence each; may be non-empty in any
 *   mode.
 * @property {Record<string, string>} env Variables to add to the child's: ALIGNED_MESH_LAB,
 *   ALIGNED_MESH_LAB_MISSING, and a PATH with the system's folders and, if tools were unpacked into the
 *   cache, their folders.
 */

/**
 * @param {object} options
 * @param {(line: string) => void} options.log Told what will be installed and why, before it happens.
 * @param {readonly typeof LAB_TOOLS[number][]} [options.tools] What is needed. Default: what a lab needs.
 * @param {boolean} [options.install] false: only look, install nothing. Default true.
 * @param {NodeJS.ProcessEnv} [options.env] The environment to look in. Default: the process's own.
 * @param {readonly string[]} [options.systemFolders] Searched after PATH. Default: the system's own.
 * @returns {Promise<LabState>}
 */
export async function ensureWireguard({
  log,
  tools = LAB_TOOLS,
  install = true,
  env = process.env,
  systemFolders = SYSTEM_FOLDERS,
}) {
  if (process.platform !== 'linux') {
    return labState(
      'none',
      ['WireGuard labs need Linux (network namespaces): run this in a Linux machine'],
      {},
    );
  }
  /** @type {NodeJS.ProcessEnv} */
  const childEnv = { ...env, PATH: withFolders(env.PATH ?? '', systemFolders) };
  const isRoot = process.getuid?.() === 0;
  let absent = absentTools(tools, childEnv);
  /** @type {string[]} */
  const missing = [];

  if (absent.length > 0 && install) {
    const packages = absent.map((tool) => tool.package);
    if (!hasApt(childEnv)) {
      log(
        `${absent.map((tool) => tool.command).join(', ')} not found, and this is not Debian or Ubuntu: nothing is installed`,
      );
    } else if (isRoot) {
      log(`will install with apt-get: ${packages.join(' ')} (for tunnels on real WireGuard and their tests)`);
      const failure = installAsRoot(packages, childEnv);
      if (failure) missing.push(failure);
    } else {
      log(
        `will unpack into a cache folder, not install: ${packages.join(' ')} (for tunnels on real WireGuard and their tests)`,
      );
      const unpacked = unpackDebianPackages({ packages, env: childEnv, log });
      if (unpacked.failure !== undefined) missing.push(unpacked.failure);
      else Object.assign(childEnv, unpacked.env);
    }
    absent = absentTools(tools, childEnv);
  }
  for (const tool of absent) {
    missing.push(
      `${tool.command} is not here: install the package ${tool.package} (apt-get install ${tool.package})`,
    );
  }
  const broken = tools
    .filter((tool) => !absent.includes(tool))
    .flatMap((tool) => {
      const run = capture(tool.command, [tool.version], { env: childEnv, timeoutMs: 20_000 });
      return run.code === 0
        ? []
        : [{ tool, why: run.stderr.trim().split('\n').at(-1) || `exit code ${run.code}` }];
    });
  for (const { tool, why } of broken) {
    missing.push(`${tool.command} does not run (${why}): reinstall the package ${tool.package}`);
  }
  /** @type {Record<string, string>} */
  const changed = {};
  if (childEnv.PATH !== undefined && childEnv.PATH !== env.PATH) changed.PATH = childEnv.PATH;
  const unusable = [...absent, ...broken.map(({ tool }) => tool)];
  if (unusable.some((tool) => tool.required)) return labState('none', missing, changed);

  const kernel = probeKernel(isRoot, childEnv);
  missing.push(...kernel.missing);
  return labState(kernel.mode, missing, changed);
}

/**
 * @param {boolean} isRoot
 * @param {NodeJS.ProcessEnv} env
 * @returns {{ mode: LabState['mode'], missing: string[] }}
 */
function probeKernel(isRoot, env) {
  if (!existsSync('/dev/net/tun')) {
    return {
      mode: 'none',
      missing: [
        '/dev/net/tun is not here: load the module (modprobe tun), or give a container --device /dev/net/tun',
      ],
    };
  }
  const direct = isRoot ? tryProbe(['--net', '--mount'], env) : undefined;
  if (direct === '') return { mode: 'root', missing: [] };
  const userNamespace = tryProbe(['--user', '--map-root-user', '--net', '--mount'], env);
  if (userNamespace === '') return { mode: 'rootless', missing: [] };

  const advice = isRoot
    ? 'give a container --cap-add NET_ADMIN --cap-add SYS_ADMIN --device /dev/net/tun'
    : tunCanBeOpened()
      ? 'run as root, or allow user namespaces (sysctl user.max_user_namespaces above 0; on Ubuntu ' +
        'kernel.apparmor_restrict_unprivileged_userns=0)'
      : 'run as root, or let this user open /dev/net/tun (chmod 0666 /dev/net/tun, the default on most systems)';
  return { mode: 'none', missing: [`a lab cannot be made here: ${direct ?? userNamespace}; ${advice}`] };
}

/**
 * Runs the probe. The result is empty if it passed, else the reason in one line.
 *
 * @param {string[]} unshareArgs
 * @param {NodeJS.ProcessEnv} env
 */
function tryProbe(unshareArgs, env) {
  const probe = capture('unshare', [...unshareArgs, 'sh', '-c', KERNEL_PROBE], { env, timeoutMs: 20_000 });
  if (probe.code === 0) return '';
  const lines = probe.stderr.trim().split('\n');
  return lines.join('; ') || `unshare ended with exit code ${probe.code}`;
}

function tunCanBeOpened() {
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {readonly typeof LAB_TOOLS[number][]} tools @param {NodeJS.ProcessEnv} env */
function absentTools(tools, env) {
  return tools.filter((tool) => !findCommand(tool.command, env.PATH ?? ''));
}

/**
 * @param {string} command
 * @param {string} path
 * @returns {string | undefined}
 */
function findCommand(command, path) {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** @param {string} path @param {readonly string[]} more */
function withFolders(path, more) {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...more.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/** @param {NodeJS.ProcessEnv} env */
function hasApt(env) {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return (
    /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release) && findCommand('apt-get', env.PATH ?? '') !== undefined
  );
}

/**
 * Undefined if it worked, else what to do.
 *
 * @param {string[]} packages
 * @param {NodeJS.ProcessEnv} env
 */
function installAsRoot(packages, env) {
  const quiet = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  const update = capture('apt-get', ['update', '-q'], quiet);
  const result = capture('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], quiet);
  if (result.code === 0) return undefined;
  const error = result.stderr.trim() || update.stderr.trim();
  return `apt-get install ${packages.join(' ')} failed: ${error.split('\n').slice(-3).join('; ')}`;
}

/**
 * @param {LabState['mode']} mode
 * @param {string[]} missing
 * @param {Record<string, string>} env
 * @returns {LabState}
 */
function labState(mode, missing, env) {
  return {
    mode,
    missing,
    env: { ...env, ALIGNED_MESH_LAB: mode, ALIGNED_MESH_LAB_MISSING: missing.join('\n') },
  };
}

/**
 * The lines that tell a person about the state.
 *
 * @param {LabState} state
 * @returns {string[]}
 */
export function describeLab(state) {
  const summary = {
    root: 'WireGuard labs run here, as root',
    rootless: 'WireGuard labs run here without root, in a user namespace',
    none: 'WireGuard labs cannot run here: no tunnel will be tested',
  }[state.mode];
  return [summary, ...state.missing];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  /** @param {string} line */
  const log = (line) => process.stderr.write(`[wireguard] ${line}\n`);
  const state = await ensureWireguard({ log, install: !process.argv.includes('--probe') });
  for (const line of describeLab(state)) log(line);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(state)}\n`);
  process.exitCode = state.mode === 'none' ? 3 : 0;
}
