// Finds processes with proc(5).

import { readdirSync, readFileSync } from 'node:fs';

/** The arguments of every process, each ended by a zero byte. */
export const commandLines = (): string[] => allPids().map(commandLineOf);

/** The processes that have exactly this argument. */
export const processesMarked = (mark: string): number[] =>
  allPids().filter((pid) => commandLineOf(pid).includes(`\0${mark}\0`));

/** The descendants of `pid` that run this Node and have `file` among their arguments. */
export function nodesUnder(pid: number, file: string): number[] {
  const parents = new Map(allPids().map((each) => [each, parentOf(each)]));
  const isUnder = (each: number): boolean => {
    const parent = parents.get(each);
    return parent !== undefined && (parent === pid || isUnder(parent));
  };
  return allPids().filter((each) => {
    const line = commandLineOf(each);
    // A program that starts it has the same arguments after its own name, so the line must begin with Node's
    // path.
    return isUnder(each) && line.startsWith(`${process.execPath}\0`) && line.includes(file);
  });
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The format is: pid (name) state ppid … The name is in brackets and may contain any character. */
function parentOf(pid: number): number | undefined {
  const stat = unlessGone(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

const commandLineOf = (pid: number) => unlessGone(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '';

/** Returns undefined if the process is gone, because it may end at any time. */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
