import { expect, it } from 'vitest';
import { parseCidr, sameCidrs } from '../src/index.ts';

const list = (...texts: string[]) => texts.map((text) => parseCidr(text));
const [a, b, c] = ['10.0.0.0/8', '10.1.0.0/16', 'fd00::/8'];

it.each([
  [[], [], true],
  [[a, b], [a, b], true],
  [[a, b], [b, a], true],
  [[a, a, b], [b, a], true],
  [[a, b], [a], false],
  [[a], [a, b], false],
  [[a, b], [a, c], false],
  [[a, a], [a, b], false],
])('%j and %j: %s', (one, other, isSame) => {
  expect(sameCidrs(list(...one), list(...other))).toBe(isSame);
});
