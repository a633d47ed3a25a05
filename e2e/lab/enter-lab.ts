// Labs without root: the whole program starts again inside a user namespace in which it is root.
import { ENTERED, type LabProbe, probeLab } from './probe-lab.ts';
import { findCommand, withSystemDirectories } from './system-path.ts';

// A tmpfs on /run, because the real one belongs to the machine; loopback up, because the new network has
// none.
const SETUP = 'mount -t tmpfs -o mode=0755 tmpfs /run && ip link set lo up && exec "$@"';

/**
 * Call this first in a program that wants labs. As root it returns at once. If user namespaces are needed, it
 * replaces this process by itself under `unshare` (same process id, arguments, environment and standard
 * streams), where this function then returns. If neither works, it returns `mode: 'none'` with what is
 * missing.
 *
 * Inside, the process has its own network with nothing but loopback, so do anything that needs the internet
 * first.
 *
 * @param command what to run inside instead of this program, for example a test runner that cannot call this
 *   itself.
 */
export function enterLab(command: readonly string[] = thisProgram()): LabProbe {
  const probe = probeLab();
  if (probe.mode !== 'rootless' || process.env[ENTERED] === '1') return probe;
  const unshare = findCommand('unshare');
  if (unshare === undefined || process.execve === undefined) return probe; // the probe has run unshare before
  const args = ['--user', '--map-root-user', '--net', '--mount', 'sh', '-c', SETUP, 'enter-lab', ...command];
  return process.execve(unshare, [unshare, ...args], {
    ...process.env,
    PATH: withSystemDirectories(),
    [ENTERED]: '1',
  });
}

function thisProgram(): string[] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
}
