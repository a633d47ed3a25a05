import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRfc3339, parseRfc3339 } from '../src/index.ts';

const FIRST = Date.parse('0000-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

describe('parseRfc3339', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['1985-04-12T23:20:50.52Z', 482_196_050_520], // RFC 3339 section 5.8
    ['1996-12-19T16:39:57-08:00', 851_042_397_000], // likewise
    ['1937-01-01T12:00:27.87+00:20', -1_041_337_172_130], // likewise
    ['2026-01-05T12:34:50.123Z', 1_767_616_490_123],
    ['2026-01-05T12:34:50.123999999Z', 1_767_616_490_123],
    ['1969-12-31T23:59:59.9999Z', -1],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00:00Z', Date.UTC(2000, 1, 29)],
    ['2026-01-01T00:00:00+23:59', Date.UTC(2025, 11, 31, 0, 1)],
    ['2026-01-01T00:00:00-00:00', Date.UTC(2026, 0, 1)],
    ['0000-01-01T00:00:00Z', FIRST],
    ['0099-03-01T00:00:00Z', Date.parse('0099-03-01T00:00:00.000Z')],
    ['9999-12-31T23:59:59.999Z', LAST],
  ])('%s', (text, ms) => {
    expect(parseRfc3339(text)).toBe(ms);
  });

  it.each([
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-32T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2016-12-31T23:59:60Z', // a real leap second
    '2026-01-01T00:00:61Z',
    '2026-01-01T00:00:00', // no zone
    '2026-01-01',
    '2026-01-01T00:00Z',
    '2026-01-01 00:00:00Z',
    '2026-01-01t00:00:00Z',
    '2026-01-01T00:00:00z',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00,5Z',
    '2026-01-01T00:00:00.1234567890Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00+00:60',
    '2026-01-01T00:00:00+0000',
    '2026-01-01T00:00:00 Z',
    '2026-1-1T00:00:00Z',
    '26-01-01T00:00:00Z',
    '+002026-01-01T00:00:00Z',
    '-000001-01-01T00:00:00Z',
    ' 2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z\n',
    '２０26-01-01T00:00:00Z',
    '9999-12-31T23:59:59-00:01',
    '0000-01-01T00:00:00+00:01',
    'Mon, 05 Jan 2026 12:34:50 GMT',
    '1767616490123',
    '',
  ])('%j is refused', (text) => {
    expect(() => parseRfc3339(text)).toThrow(expect.objectContaining({ code: 'invalid_timestamp' }));
  });

  it.each([[undefined], [null], [0], [new Date(0)]])('%s, which is not text, is refused', (value) => {
    expect(() => parseRfc3339(value as unknown as string)).toThrow(
      expect.objectContaining({ code: 'invalid_timestamp' }),
    );
  });

  it('agrees with Date for every day and offset', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: FIRST + 86_400_000, max: LAST - 86_400_000 }),
        fc.integer({ min: -1439, max: 1439 }),
        (ms, offset) => {
          const minutes = Math.abs(offset);
          const pad = (n: number) => String(n).padStart(2, '0');
          const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
          const local = new Date(ms + offset * 60_000).toISOString().replace('Z', zone);
          expect(parseRfc3339(local)).toBe(ms);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('agrees with Date on which days exist', () => {
    for (const year of [1900, 2000, 2023, 2024]) {
      for (let month = 1; month <= 12; month++) {
        for (let day = 1; day <= 31; day++) {
          const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}T00:00:00Z`;
          const date = new Date(Date.UTC(year, month - 1, day));
          if (date.getUTCDate() === day) expect(parseRfc3339(text)).toBe(date.getTime());
          else expect(() => parseRfc3339(text)).toThrow();
        }
      }
    }
  });
});

describe('formatRfc3339', () => {
  it('is the inverse of parseRfc3339', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST, max: LAST }), (ms) => {
        const text = formatRfc3339(ms);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(parseRfc3339(text)).toBe(ms);
      }),
    );
  });

  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, FIRST - 1, LAST + 1])('%d is refused', (ms) => {
    expect(() => formatRfc3339(ms)).toThrow(expect.objectContaining({ code: 'invalid_timestamp' }));
  });
});
