// The arguments and the environment of processes, and of all that they have started.

import { readdirSync, readFileSync } from 'node:fs';
import type { Place } from './find-spelled.ts';

export interface SeenProcess {
  readonly pid: number;
  readonly cmdline: Buffer;
  readonly environ: Buffer;
}

/** @param roots their process ids; they are left out */
export const processesBelow = (roots: readonly number[]): SeenProcess[] => descendants(roots).map(processOf);

export const processOf = (pid: number): SeenProcess => ({
  pid,
  cmdline: readIfThere(`/proc/${pid}/cmdline`),
  environ: readIfThere(`/proc/${pid}/environ`),
});

export function processPlaces(processes: readonly SeenProcess[]): Place[] {
  return processes.flatMap(({ cmdline, environ }) => {
    const name = cmdline.toString('latin1').replaceAll('\0', ' ').slice(0, 80);
    return [
      { name, kind: 'arguments' as const, content: cmdline },
      { name, kind: 'environment' as const, content: environ },
    ];
  });
}

function descendants(roots: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The name of the program, in brackets, may hold anything.
    const parent = Number(/^.*\) \S (\d+)/s.exec(readIfThere(`/proc/${name}/stat`).toString('latin1'))?.[1]);
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (const next = roots.flatMap((root) => children.get(root) ?? []); next.length > 0; ) {
    const pid = next.pop() ?? 0;
    found.push(pid);
    next.push(...(children.get(pid) ?? []));
  }
  return found;
}

/** Empty for a process that is gone, or that belongs to somebody else. */
function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}
