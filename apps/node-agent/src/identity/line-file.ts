// The newest of something, in one file with a line of JSON for each. The file is 0600, as everything in its
// folder.
//
// A line is appended for each, without a sync: what is kept here can be held against the controller, and
// nothing else depends on it.

import { appendFile, readFile } from 'node:fs/promises';
import { errorCodeOf, writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';

export interface LineForm<Line> {
  /** How many are kept. The file is written anew when it holds twice as many. */
  readonly most: number;
  /** @throws any error if it is no such line */
  readonly parse: (value: unknown) => Line;
}

export class LineFile<Line> {
  readonly #path: string;
  readonly #form: LineForm<Line>;
  /** Undefined before the first line of this run. */
  #lines: number | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(path: string, form: LineForm<Line>) {
    this.#path = path;
    this.#form = form;
  }

  /** Keeps one more, and drops the oldest. Rejects with the system's error. */
  keep(line: Line): Promise<void> {
    const done = this.#tail.then(() => this.#append(line));
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async #append(line: Line): Promise<void> {
    const { most } = this.#form;
    // Whatever an earlier run has left, a line that a crash has cut off included, is written anew once.
    if (this.#lines === undefined || this.#lines >= 2 * most) {
      const kept = await readLines(this.#path, this.#form);
      await writeFileAtomic(this.#path, [...kept, line].slice(-most).map(textOf).join(''), { mode: 0o600 });
      this.#lines = Math.min(kept.length + 1, most);
      return;
    }
    await appendFile(this.#path, textOf(line), { mode: 0o600 });
    this.#lines += 1;
  }
}

const textOf = (line: unknown): string => `${JSON.stringify(line)}\n`;

/**
 * The newest lines, the oldest of them first. Those that cannot be read are left out. Rejects with the
 * system's error if there is a file that cannot be read.
 */
export async function readLines<Line>(path: string, { most, parse }: LineForm<Line>): Promise<Line[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const lineIn = (line: string): Line[] => {
    try {
      return [parse(parseStrictJson(line))];
    } catch {
      return [];
    }
  };
  return text.split('\n').flatMap(lineIn).slice(-most);
}
