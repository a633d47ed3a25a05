// Finds out whether this machine can hold a lab. It really makes namespaces, a bridge, a tun device and an
// nftables rule, in namespaces that vanish with the probe.
import { spawnSync } from 'node:child_process';
import { findCommand, withSystemDirectories } from './system-path.ts';

/** As root, or inside user namespaces that an unprivileged user may make. */
export type LabMode = 'root' | 'rootless';

export interface LabProbe {
  /** `none`: no lab here; `missing` then says why. */
  mode: LabMode | 'none';
  missing: string[];
  /** What to do about each entry of `missing`, in the same order. */
  remedies: string[];
}

/** Set by `enterLab` for the process that it starts, whose root is root only in a user namespace. */
export const ENTERED = 'ALIGNED_MESH_LAB_ENTERED';

const COMMANDS = [
  { name: 'unshare', package: 'util-linux' },
  { name: 'nsenter', package: 'util-linux' },
  { name: 'mount', package: 'mount' },
  { name: 'ip', package: 'iproute2' },
  { name: 'nft', package: 'nftables' },
  { name: 'wg', package: 'wireguard-tools' },
  { name: 'wireguard-go', package: 'wireguard-go' },
] as const;

// Each step prints its name before it is tried: the last name printed is the step that failed.
const STEPS = `
echo namespaces; mount -t tmpfs tmpfs /run || exit 1
echo bridge; ip link add br0 type bridge && ip link add v0 type veth peer name v1 && ip link set v0 master br0 up || exit 1
echo nftables; printf 'table bridge t {\\nchain c {\\ntype filter hook forward priority 0;\\n}\\n}\\n' | nft -f - || exit 1
echo tun; ip tuntap add dev tun0 mode tun || exit 1
echo done`;

const STEP_PROBLEMS: Record<string, { missing: string; remedy: string }> = {
  start: {
    missing: 'network, mount and user namespaces (unshare is refused)',
    remedy:
      'run as root with CAP_SYS_ADMIN and CAP_NET_ADMIN, or allow user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0',
  },
  namespaces: { missing: 'mounts in a mount namespace', remedy: 'in a container add --cap-add SYS_ADMIN' },
  bridge: { missing: 'bridge and veth links', remedy: 'load the kernel modules bridge and veth' },
  nftables: {
    missing: 'nftables on bridges',
    remedy: 'load the kernel module nf_tables (with bridge support)',
  },
  tun: {
    missing: '/dev/net/tun (it cannot be opened)',
    remedy:
      'modprobe tun; without root the device must be open to your user (chmod 0666 /dev/net/tun, as most distributions set it); in a container add --device /dev/net/tun',
  },
};

/**
 * Tries what a lab needs, first as root, else in a user namespace. Takes about 50 ms; leaves nothing behind.
 */
export function probeLab(): LabProbe {
  const absent = COMMANDS.filter((command) => findCommand(command.name) === undefined);
  const missing = absent.map((command) => `command ${command.name}`);
  const remedies = absent.map((command) => `apt-get install ${command.package}`);
  const isRoot = process.geteuid?.() === 0;
  const entered = process.env[ENTERED] === '1';

  if (absent.some((command) => ['unshare', 'mount', 'ip', 'nft'].includes(command.name))) {
    return { mode: 'none', missing, remedies };
  }
  const failedAsRoot = isRoot ? tryOut([]) : 'start';
  // Root without its capabilities (a container) may still be allowed user namespaces.
  const failed = failedAsRoot === undefined || entered ? failedAsRoot : tryOut(['--user', '--map-root-user']);
  if (failed !== undefined) {
    // For root, the problem found as root is the one to fix.
    const problem = STEP_PROBLEMS[isRoot ? (failedAsRoot ?? failed) : failed] ?? STEP_PROBLEMS.start;
    missing.push(problem?.missing ?? failed);
    remedies.push(problem?.remedy ?? 'run as root');
  }
  if (missing.length > 0) return { mode: 'none', missing, remedies };
  return { mode: failedAsRoot === undefined && !entered ? 'root' : 'rootless', missing, remedies };
}

/** The name of the step that failed; `undefined` if no step failed. */
function tryOut(unshareArgs: readonly string[]): string | undefined {
  const env = { ...process.env, PATH: withSystemDirectories() };
  const run = spawnSync('unshare', [...unshareArgs, '--net', '--mount', 'sh', '-c', STEPS], {
    env,
    encoding: 'utf8',
    timeout: 20_000,
  });
  const last = run.stdout?.trim().split('\n').at(-1) ?? '';
  if (last === 'done') return undefined;
  return last === '' ? 'start' : last;
}
