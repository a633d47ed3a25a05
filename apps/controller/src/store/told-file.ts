// What nodes were told and what is not in the log yet: a line in a file for each answer, written before the
// answer leaves. So a controller that is killed has it when it starts again.
//
// It is written without a sync, because a removal waits for no disk. After a power failure the newest lines
// may be missing.

import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogField, type Logger } from '@mesh/host';
import { type EpochId, type NodeId, parseEpochId, parseNodeId } from '@mesh/primitives';
import * as z from 'zod';

/** One answer, and the nodes that were told it. */
export interface ToldLine {
  readonly epochId: EpochId;
  readonly nodes: readonly NodeId[];
  readonly kind: 'config' | 'removal_notice';
  /** Of what was signed, in hex. */
  readonly sha256: string;
  readonly version: string;
  readonly sentAtMs: number;
  readonly allowed?: boolean | undefined;
  readonly reasonCode?: string | undefined;
}

/** What earlier processes have left. */
export interface ToldLeft {
  /** The oldest first. */
  readonly lines: readonly ToldLine[];
  /** How many lines cannot be read. */
  readonly unreadable: number;
}

const FILE_NAME = /^told-(\d{6,15})\.jsonl$/;

const toldLine = z.strictObject({
  epochId: z.number().transform(parseEpochId),
  nodes: z.array(z.string().transform(parseNodeId)),
  kind: z.enum(['config', 'removal_notice']),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  version: z.string(),
  sentAtMs: z.int(),
  allowed: z.boolean().optional(),
  reasonCode: z.string().optional(),
});

export class ToldFile {
  readonly #folder: string;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly left: ToldLeft;
  /** Files whose lines have been taken, and are in the log when the next ones are taken. */
  #taken: string[] = [];
  /** All others, the one that is open included. */
  #waiting: string[];
  #nextNumber: number;
  #open: number | undefined;
  #isFailing = false;

  /**
   * Reads what earlier processes have left in the folder.
   * @throws the system's error if a file of theirs cannot be read
   */
  constructor(folder: string, logger: Pick<Logger, 'warn'>) {
    this.#folder = folder;
    this.#logger = logger;
    const numbers = readdirSync(folder).flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []);
    numbers.sort((one, other) => Number(one) - Number(other));
    this.#waiting = numbers.map((number) => join(folder, nameOf(number)));
    this.#nextNumber = Number(numbers.at(-1) ?? 0) + 1;
    const read = this.#waiting.map((path) => linesIn(readFileSync(path, 'utf8')));
    this.left = {
      lines: read.flatMap(({ lines }) => lines),
      unreadable: read.reduce((sum, { unreadable }) => sum + unreadable, 0),
    };
  }

  /**
   * Writes the lines; when it returns, they outlive the process. While the disk takes none, it says so once:
   * the answers leave all the same.
   */
  append(lines: readonly ToldLine[]): void {
    // The line that a failure has cut off ends here.
    const text = `${this.#isFailing ? '\n' : ''}${lines.map((line) => `${JSON.stringify(line)}\n`).join('')}`;
    try {
      this.#open ??= this.#openNext();
      writeFileSync(this.#open, text);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing)
        this.#logger.warn(
          { [LogField.error]: error },
          'what nodes are told cannot be written to disk: until it is in the log, a kill of the controller loses it; look at the disk of data_dir',
        );
      this.#isFailing = true;
    }
  }

  /** Call it when everything that was written so far is taken, and everything taken before is in the log. */
  startNext(): void {
    if (this.#open !== undefined) closeSync(this.#open);
    this.#open = undefined;
    const left = this.#taken.filter((path) => !this.#isRemoved(path));
    this.#taken = [...left, ...this.#waiting];
    this.#waiting = [];
  }

  #openNext(): number {
    const path = join(this.#folder, nameOf(this.#nextNumber));
    const file = openSync(path, 'ax', 0o600);
    this.#nextNumber += 1;
    this.#waiting.push(path);
    return file;
  }

  /** What cannot be removed now is removed later: what is in the log already is not logged again. */
  #isRemoved(path: string): boolean {
    try {
      rmSync(path, { force: true });
      return true;
    } catch (error) {
      this.#logger.warn({ [LogField.error]: error }, 'a file of what nodes were told cannot be removed yet');
      return false;
    }
  }
}

const nameOf = (number: number | string): string => `told-${String(number).padStart(6, '0')}.jsonl`;

/** The end of a file, if no line ends there, was being written when the process ended: nobody was told it. */
function linesIn(text: string): { readonly lines: readonly ToldLine[]; readonly unreadable: number } {
  const whole = text.split('\n').slice(0, -1);
  const lines = whole.filter((line) => line !== '').map(lineIn);
  const read = lines.filter((line) => line !== undefined);
  return { lines: read, unreadable: lines.length - read.length };
}

function lineIn(line: string): ToldLine | undefined {
  try {
    return toldLine.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
