// Processes that a process has started, and those have started, as proc(5) has them.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Of these, the ones that run this Node and have `file` among their arguments. */
export function nodesUnder(pid: number, file: string): number[] {
  return descendantsOf(pid).filter((each) => {
    try {
      const runs = readlinkSync(`/proc/${each}/exe`) === readlinkSync('/proc/self/exe');
      return runs && readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(file);
    } catch {
      return false;
    }
  });
}

function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      // The program's name stands in brackets and may hold anything: pid (name) state ppid
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // it has ended since
    }
  }
  const isUnder = (each: number): boolean => {
    const parent = parents.get(each);
    return parent !== undefined && (parent === pid || isUnder(parent));
  };
  return [...parents.keys()].filter(isUnder);
}
