// The receipts of an honest controller are kept by its log, and a log that drops, moves or changes an entry
// is caught by the receipt that it gave for it.

import type { CheckpointTrust } from '@mesh/audit';
import { ProblemError, problem } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { checkReceipt } from '../../src/uplink/submit/check-receipt.ts';
import type { KeptReceipt } from '../../src/uplink/submit/receipt-file.ts';
import { entryOf, MESH, proofsOf, receiptOfEntry, signedReceipt, trust } from '../support/receipts.ts';

const honest = [0, 1, 2, 3, 4].map(entryOf);
const outcomeOf = async (
  kept: KeptReceipt,
  proofFor: (index: number) => string,
  trusted: CheckpointTrust = trust,
) => (await checkReceipt(kept, MESH, trusted, { logProof: async (index) => proofFor(index) })).outcome;

describe('a receipt', () => {
  it('is kept by a log that has what was promised', async () => {
    for (const index of [0, 2, 4])
      expect(await outcomeOf(receiptOfEntry(index), proofsOf(honest))).toBe('kept');
  });

  it('is early while no head covers its entry', async () => {
    const refused = () => {
      throw new ProblemError(problem('not_found', 'not yet'));
    };
    expect(await outcomeOf(receiptOfEntry(2), refused)).toBe('early');
  });

  it.each([
    ['drops the entry', honest.filter((_, index) => index !== 2)],
    ['puts another in its place', honest.with(2, entryOf(9))],
    ['changes the order', [0, 2, 1, 3, 4].map(entryOf)],
    ['shows another history', [5, 6, 7, 8, 9].map(entryOf)],
  ])('is broken by a log that %s', async (_, entries) => {
    expect(await outcomeOf(receiptOfEntry(2), proofsOf(entries))).toBe('broken');
  });

  it('is broken by a proof of another entry than the one that was promised', async () => {
    expect(await outcomeOf(receiptOfEntry(2), () => proofsOf(honest)(3))).toBe('broken');
    expect(await outcomeOf(receiptOfEntry(2), () => 'no proof')).toBe('broken');
  });

  it('is broken by a log whose head another key has signed', async () => {
    const proof = proofsOf(honest)(2).replace('log.example', 'log.elsewhere');
    expect(await outcomeOf(receiptOfEntry(2), () => proof)).toBe('broken');
  });

  it('that was changed in its file is not taken for one of the controller', async () => {
    const { signed_by } = receiptOfEntry(2);
    const forged = { signed_by, receipt: { ...signedReceipt(), sequence: 2 } };
    expect(await outcomeOf(forged, proofsOf(honest))).toBe('broken');
  });

  it('is broken by whoever answers for the log without its key, and kept where nobody looks at signatures', async () => {
    const unsigned = () =>
      proofsOf(honest)(2).replace(/^(— \S+ )(\S+)$/m, (_, name, base64) => name + altered(base64));
    expect(await outcomeOf(receiptOfEntry(2), unsigned)).toBe('broken');
    expect(await outcomeOf(receiptOfEntry(2), unsigned, { ...trust, verify: () => true })).toBe('kept');
  });
});

/** Another signature by the key of the same id. */
function altered(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('base64');
}
