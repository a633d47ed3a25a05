import { expect, it } from 'vitest';
import { placeOf } from '../lib/longest-first.mjs';

it('puts the files that take longest before all others', () => {
  const files = [
    '/a/short.test.ts',
    '/e2e/test/failed-starts.test.ts',
    '/e2e/test/key-rotation-strict.test.ts',
  ];
  expect(files.toSorted((one, other) => placeOf(one) - placeOf(other))).toEqual(files.toReversed());
});
