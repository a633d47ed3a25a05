import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { MOST_RECEIPTS, ReceiptFile, readReceipts } from '../../src/identity/receipt-file.ts';
import { receiptOf } from '../support/receipts.ts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-receipts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let path = '';
let n = 0;
beforeEach(() => {
  path = join(folder, `receipts-${n++}.jsonl`);
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
