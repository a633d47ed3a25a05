// Child processes of the benchmarks: the same Node, from source, talking over an IPC channel.

import {
  type ChildProcess,
  fork,
  type Serializable,
  type SpawnOptions,
  type StdioOptions,
} from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a program, as node:child_process does, on this machine or on a host of a lab. */
export type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => ChildProcess;

/** @param spawn starts it elsewhere, for example on a host of a lab */
export function forkMain(main: URL, nodeArgs: readonly string[] = [], spawn?: Spawn): ChildProcess {
  const execArgv = ['--conditions=@mesh/source', ...nodeArgs];
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];
  const path = fileURLToPath(main);
  const child =
    spawn === undefined
      ? fork(path, { execArgv, stdio })
      : spawn(process.execPath, [...execArgv, path], { stdio });
  // A benchmark that fails half-way leaves no process behind.
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return child;
}

/**
 * Sends a message and resolves with the child's next one. Ask again only after that.
 *
 * @param what the child, in the words of an error: `the load generator`
 * @throws Error if the child has ended, or ends before it answers
 */
export function askChild<Reply>(child: ChildProcess, what: string, request: Serializable): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void): void => {
      child.off('message', hear).off('exit', ended);
      settled();
    };
    const hear = (reply: unknown): void => settle(() => resolve(reply as Reply));
    const ended = (): void => settle(() => reject(new Error(`${what} has ended`)));
    child.once('message', hear).once('exit', ended);
    child.send(request, (error) => {
      if (error !== null) ended();
    });
  });
}

/**
 * Resolves when the child has ended.
 *
 * @param tell how it is told to end; by default by SIGTERM
 */
export async function endChild(
  child: ChildProcess,
  tell: () => void = () => void child.kill(),
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  tell();
  await exited;
}
