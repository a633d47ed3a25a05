// Reads the arguments and the environment of every process below this one, again and again while something
// runs, because some of them live for milliseconds.

import { readdirSync, readFileSync } from 'node:fs';

export interface SeenProcess {
  readonly cmdline: Buffer;
  readonly environ: Buffer;
}

const EVERY_MS = 100;

export class ProcessWatch implements Disposable {
  /** By pid and arguments, so that an exec counts anew. */
  readonly #seen = new Map<string, SeenProcess>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.look();
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  look(): void {
    for (const pid of descendants(process.pid)) {
      const cmdline = readIfThere(`/proc/${pid}/cmdline`);
      const environ = readIfThere(`/proc/${pid}/environ`);
      const key = `${pid} ${cmdline.toString('latin1')}`;
      if (!this.#seen.has(key)) this.#seen.set(key, { cmdline, environ });
    }
  }

  /** What was seen so far. */
  seen(): readonly SeenProcess[] {
    return [...this.#seen.values()];
  }

  /** Ends the observation. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // The name of the program, in brackets, may hold anything.
    const parent = Number(/^.*\) \S (\d+)/s.exec(readIfThere(`/proc/${name}/stat`).toString('latin1'))?.[1]);
    if (!Number.isNaN(parent)) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (const next = [...(children.get(root) ?? [])]; next.length > 0; ) {
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
