// The controller's newest receipts, in one file with a line for each. They are promises to this node, and of
// no use to anybody who could read them; still the file is 0600, as everything in its folder.
//
// A line is appended for each receipt, without a sync: a receipt that a crash loses is one that nobody can
// hold against the controller, and the next comes with the next result.

import { appendFile, readFile } from 'node:fs/promises';
import { errorCodeOf, writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import { receiptMessage } from '@mesh/protocol';
import { z } from 'zod';

/** How many are kept: at two results a minute, those of the last two hours. */
export const MOST_RECEIPTS = 256;
/** The file is written anew when it holds twice as many. */
const MOST_LINES = 2 * MOST_RECEIPTS;

const keptReceipt = z.strictObject({
  /** The config key that has signed it, which this node trusted then; base64. */
  signed_by: z.string(),
  receipt: receiptMessage,
});
export type KeptReceipt = z.infer<typeof keptReceipt>;

export class ReceiptFile {
  readonly #path: string;
  /** Undefined before the first receipt of this run. */
  #lines: number | undefined;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Keeps one more, and drops the oldest. Rejects with the system's error. */
  keep(receipt: KeptReceipt): Promise<void> {
    const done = this.#tail.then(() => this.#append(receipt));
    this.#tail = done.catch(() => undefined);
    return done;
  }

  async #append(receipt: KeptReceipt): Promise<void> {
    // Whatever an earlier run has left, a line that a crash has cut off included, is written anew once.
    if (this.#lines === undefined || this.#lines >= MOST_LINES) {
      const kept = await readReceipts(this.#path);
      await writeFileAtomic(this.#path, [...kept, receipt].slice(-MOST_RECEIPTS).map(lineOf).join(''), {
        mode: 0o600,
      });
      this.#lines = Math.min(kept.length + 1, MOST_RECEIPTS);
      return;
    }
    await appendFile(this.#path, lineOf(receipt), { mode: 0o600 });
    this.#lines += 1;
  }
}

const lineOf = (receipt: KeptReceipt): string => `${JSON.stringify(receipt)}\n`;

/**
 * The newest receipts, the oldest of them first. Lines that cannot be read are left out. Rejects with the
 * system's error if there is a file that cannot be read.
 */
export async function readReceipts(path: string): Promise<KeptReceipt[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return text
    .split('\n')
    .flatMap((line) => receiptIn(line) ?? [])
    .slice(-MOST_RECEIPTS);
}

function receiptIn(line: string): KeptReceipt | undefined {
  try {
    return keptReceipt.parse(parseStrictJson(line));
  } catch {
    return undefined;
  }
}
