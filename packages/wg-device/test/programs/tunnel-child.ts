// A process that drives a tunnel or holds its lock, and then waits until it is killed. Its argument is a
// ChildTask as JSON.
import { createInterfaceLock } from '../../src/linux/interface-lock.ts';
import { createRunCommand } from '../../src/linux/run-command.ts';
import type { NewPeer, TunnelUp } from '../../src/port/tunnel.ts';
import { openUapiTunnel } from '../support/adapters.ts';
import { NAME, timers } from '../support/fixtures.ts';

export interface ChildTask {
  readonly kind: 'drive' | 'hold-lock';
  readonly enter: readonly [string, ...string[]];
  readonly runtimeDir: string;
  readonly socketDir: string;
  readonly wanted?: TunnelUp;
  readonly peers?: readonly NewPeer[];
}

const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
const forever = new Promise<never>(() => {});
// The open pipe keeps the process alive. The process ends when the test closes the pipe.
process.stdin.resume();

if (task.kind === 'hold-lock') {
  const lock = createInterfaceLock({ interfaceName: NAME, runtimeDir: task.runtimeDir, timers });
  await lock(async () => {
    process.stdout.write('ready\n');
    await forever;
  });
} else {
  const tunnel = openUapiTunnel({
    ...task,
    run: createRunCommand(task.enter),
    underlay: '',
    close: async () => {},
  });
  if (task.wanted !== undefined) await tunnel.up(task.wanted);
  await tunnel.addPeers(task.peers ?? []);
  process.stdout.write('ready\n');
  await forever;
}
