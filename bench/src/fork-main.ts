// Child processes of the benchmarks: the same Node, from source, talking over an IPC channel.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function forkMain(main: URL, nodeArgs: readonly string[] = []): ChildProcess {
  const child = fork(fileURLToPath(main), {
    execArgv: ['--conditions=@mesh/source', ...nodeArgs],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  // A benchmark that fails half-way leaves no process behind.
  process.once('exit', () => child.kill());
  return child;
}
