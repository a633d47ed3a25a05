// Starts one of test/programs as a process and reads the lines that it prints.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly lines: string[];
  /**
   * Resolves with the first line that `matches`, also one that was printed before. Rejects if the program
   * ends first.
   */
  lineWhere(matches: (line: string) => boolean): Promise<string>;
  /** Resolves when the program has ended and all its output has been read. */
  readonly gone: Promise<void>;
  /** Kills the program and resolves when it has ended and all its output has been read. */
  kill(): Promise<void>;
}

/** @param options `under` is a command that runs the program, with its arguments */
export function runProgram(
  name: string,
  args: readonly string[],
  { under = [], ...options }: SpawnOptions & { readonly under?: readonly string[] } = {},
): RunningProgram {
  const program = join(import.meta.dirname, '../programs', name);
  const line = [...under, process.execPath, '--conditions=@mesh/source', program, ...args];
  const [command = '', ...rest] = line;
  const child = spawn(command, rest, {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('no standard output');
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const reader = createInterface({ input: child.stdout });
  const exited = once(child, 'exit');
  const gone = Promise.all([exited, once(reader, 'close')]).then(() => undefined);
  reader.on('line', (line) => {
    lines.push(line);
    for (const watch of watchers) watch();
  });
  return {
    child,
    lines,
    lineWhere: (matches) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = lines.find(matches);
          if (found !== undefined) {
            watchers.delete(look);
            resolve(found);
          }
        };
        watchers.add(look);
        look();
        void gone.then(() => reject(new Error(`${name} ended after ${lines.length} lines`)));
      }),
    gone,
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}
