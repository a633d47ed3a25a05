import { formatBytes } from '@mesh/protocol';
import { expect, it } from 'vitest';

it.each([
  [0, '0 B'],
  [0.4, '0 B'],
  [999, '999 B'],
  [999.7, '1 kB'],
  [1_000, '1 kB'],
  [1_536, '1.54 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [1_234_567_890, '1.23 GB'],
  [5e12, '5 TB'],
  [Number.MAX_SAFE_INTEGER, '9.01 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
