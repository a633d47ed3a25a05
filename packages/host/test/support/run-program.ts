// Starts one of test/programs as a process of its own and reads the lines that it prints.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly lines: string[];
  /** Resolves with the first line that `matches`, past ones included; rejects when the program ends first. */
  lineWhere(matches: (line: string) => boolean): Promise<string>;
  /** Resolves when it is gone and all it printed has been read. */
  readonly gone: Promise<void>;
  /** Ends it at once and resolves when it is gone and all it printed has been read. */
  kill(): Promise<void>;
}

export function runProgram(
  name: string,
  args: readonly string[],
  options: SpawnOptions = {},
): RunningProgram {
  const program = join(import.meta.dirname, '../programs', name);
  const child = spawn(process.execPath, ['--conditions=@mesh/source', program, ...args], {
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
