import { formatBitRate } from '@mesh/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('formatBitRate', () => {
  it.each([
    [0, '0 bit/s'],
    [1, '1 bit/s'],
    [999, '999 bit/s'],
    [1_000, '1 kbit/s'],
    [1_500, '1.5 kbit/s'],
    [999_999, '999.999 kbit/s'],
    [5_000_000, '5 Mbit/s'],
    [5_000_001, '5.000001 Mbit/s'],
    [1_000_000_000, '1 Gbit/s'],
    [Number.MAX_SAFE_INTEGER, '9007199.254740991 Gbit/s'],
  ])('%d: %s', (bitsPerSecond, text) => {
    expect(formatBitRate(bitsPerSecond)).toBe(text);
  });

  it('gives two rates the same text only if they are equal', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(1e4), (one, more) => {
        const other = Math.min(Number.MAX_SAFE_INTEGER, one + more);
        expect(formatBitRate(one) === formatBitRate(other)).toBe(one === other);
      }),
    );
  });
});
