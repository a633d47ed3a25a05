// The rows in which a node reports what it measures of its pairs.

import { decodeBase64, toHex } from '@mesh/primitives';
import { encodePairRows, MAX_APPLIED_BYTES, type PairRow, PairRows } from '@mesh/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAIR_ROWS } from '../support/good-messages.ts';

const NOTHING: PairRow = { traffic: undefined, probed: undefined };
const rowOf = (row: PairRow): PairRow => new PairRows(encodePairRows([NOTHING, row])).at(1);

describe('a row', () => {
  it('has these bytes', () => {
    const row: PairRow = {
      traffic: { receivedBytes: 0x0102030405, sentBytes: 7, forMs: 61_400 },
      probed: { sent: 20, answered: 19, rttMs: 1.5, worstRttMs: 30, ageMs: 3_400 },
    };
    expect(toHex(decodeBase64(encodePairRows([row, NOTHING])))).toBe(
      [
        ...['0504030201000000', '0700000000000000', '3d000000', 'dc050000', '30750000', '2200', '14', '13'],
        ...['0000000000000000', '0000000000000000', 'ffffffff', 'ffffffff', 'ffffffff', '0000', '00', '00'],
      ].join(''),
    );
  });

  it('is read as it was written, in its units', () => {
    for (const row of PAIR_ROWS) expect(rowOf(row)).toEqual(row);
    const unanswered = { sent: 20, answered: 0, rttMs: undefined, worstRttMs: undefined, ageMs: 0 };
    expect(rowOf({ traffic: undefined, probed: unanswered }).probed).toEqual(unanswered);
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 2 }), fc.maxSafeNat(), fc.nat({ max: 255 }), (us, bytes, sent) => {
        const { traffic, probed } = rowOf({
          traffic: { receivedBytes: bytes, sentBytes: 0, forMs: us },
          probed: { sent: 255, answered: sent, rttMs: us / 1_000, worstRttMs: us / 1_000, ageMs: 0 },
        });
        expect(traffic?.receivedBytes).toBe(bytes);
        expect(probed).toMatchObject({ answered: sent, rttMs: us / 1_000 });
      }),
    );
  });

  it('holds the largest that it can for what is larger', () => {
    const { traffic, probed } = rowOf({
      traffic: { receivedBytes: 0, sentBytes: 0, forMs: 1e15 },
      probed: { sent: 1, answered: 1, rttMs: 1e9, worstRttMs: 1e9, ageMs: 1e9 },
    });
    expect(traffic?.forMs).toBe((2 ** 32 - 2) * 1_000);
    expect(probed).toMatchObject({ rttMs: (2 ** 32 - 2) / 1_000, ageMs: 6_553_500 });
  });

  it('is small enough for a report of a thousand peers', () => {
    expect(encodePairRows(Array(1_150).fill(PAIR_ROWS[1])).length).toBeLessThan(MAX_APPLIED_BYTES - 65_536);
  });
});
