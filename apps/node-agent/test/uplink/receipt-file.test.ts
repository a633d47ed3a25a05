import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { MOST_RECEIPTS, ReceiptFile, readReceipts } from '../../src/uplink/submit/receipt-file.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { receiptOf } from '../support/receipts.ts';

let path: string;
beforeEach(() => {
  path = join(temporaryDirectory(), 'receipts.jsonl');
});
const sequences = async () => (await readReceipts(path)).map(({ receipt }) => receipt.sequence);

describe('the file of receipts', () => {
  it('keeps the newest in their order, and only its owner can read it', async () => {
    const file = new ReceiptFile(path);
    await Promise.all([1, 2, 3].map((sequence) => file.keep(receiptOf(sequence))));
    expect(await sequences()).toEqual([1, 2, 3]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('holds a bounded number of lines, over a restart too', async () => {
    const all = Array.from({ length: 2 * MOST_RECEIPTS + 2 }, (_, at) => at + 1);
    const first = new ReceiptFile(path);
    for (const sequence of all) await first.keep(receiptOf(sequence));
    expect(await sequences()).toEqual(all.slice(-MOST_RECEIPTS));
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThanOrEqual(2 * MOST_RECEIPTS + 1);
    await new ReceiptFile(path).keep(receiptOf(9_999));
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(MOST_RECEIPTS + 1);
    expect((await sequences()).at(-1)).toBe(9_999);
  });

  it('loses only the line that a crash has cut off', async () => {
    await new ReceiptFile(path).keep(receiptOf(1));
    appendFileSync(path, '{"signed_by":"AAAA');
    await new ReceiptFile(path).keep(receiptOf(2));
    expect(await sequences()).toEqual([1, 2]);
  });

  it('is empty if it is not there, and if nothing in it can be read', async () => {
    expect(await sequences()).toEqual([]);
    writeFileSync(path, 'no receipt\n{}\n');
    expect(await sequences()).toEqual([]);
  });
});
