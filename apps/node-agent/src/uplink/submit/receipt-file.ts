// The controller's newest receipts. They are promises to this node, and of no use to anybody who could read
// them. A receipt that a crash loses is one that nobody can hold against the controller, and the next comes
// with the next result.

import { receiptMessage } from '@mesh/protocol';
import * as z from 'zod';
import { LineFile, type LineForm, readLines } from '../../identity/line-file.ts';

/** How many are kept: at two results a minute, those of the last two hours. */
export const MOST_RECEIPTS = 256;

const keptReceipt = z.strictObject({
  /** The config key that has signed it, which this node trusted then; base64. */
  signed_by: z.string(),
  receipt: receiptMessage,
});
export type KeptReceipt = z.infer<typeof keptReceipt>;

const FORM: LineForm<KeptReceipt> = { most: MOST_RECEIPTS, parse: (value) => keptReceipt.parse(value) };

export class ReceiptFile extends LineFile<KeptReceipt> {
  constructor(path: string) {
    super(path, FORM);
  }
}

/** See `readLines`. */
export const readReceipts = (path: string): Promise<KeptReceipt[]> => readLines(path, FORM);
