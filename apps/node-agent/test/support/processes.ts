// Which processes there are, as proc(5) has them.

import { readdirSync, readFileSync } from 'node:fs';

/** Arguments, each ended by a zero byte, of every process here. */
export const commandLines = (): string[] => allPids().map(commandLineOf);

/** Those that have exactly this argument. */
export const processesMarked = (mark: string): number[] =>
  allPids().filter((pid) => commandLineOf(pid).includes(`\0${mark}\0`));

/** What `pid` has started, and those have started, that runs this Node and has `file` among its arguments. */
export function nodesUnder(pid: number, file: string): number[] {
  const parents = new Map(allPids().map((each) => [each, parentOf(each)]));
  const isUnder = (each: number): boolean => {
    const parent = parents.get(each);
    return parent !== undefined && (parent === pid || isUnder(parent));
  };
  return allPids().filter((each) => {
    const line = commandLineOf(each);
    // What hands over to it has the same arguments after its own name.
    return isUnder(each) && line.startsWith(`${process.execPath}\0`) && line.includes(file);
  });
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The name of the program stands in brackets and may hold anything: pid (name) state ppid … */
function parentOf(pid: number): number | undefined {
  const stat = unlessGone(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

const commandLineOf = (pid: number) => unlessGone(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';

/** A process may end at any time. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
