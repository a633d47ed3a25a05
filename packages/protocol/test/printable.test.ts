import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../src/index.ts';

describe('printable', () => {
  it.each([
    ['plain ünï–é 😀', 'plain ünï–é 😀'],
    ['a\nb', 'a\\u{a}b'],
    ['\u001b]0;title\u0007', '\\u{1b}]0;title\\u{7}'],
    ['\u009b31m', '\\u{9b}31m'],
    ['user\u202etxt', 'user\\u{202e}txt'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\u2028', '\\u{2028}'],
    ['\ud800', '\\u{d800}'],
    ['\u{e0041}', '\\u{e0041}'],
  ])('%j becomes %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves nothing that a terminal obeys, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('cuts before it escapes, so that its work is bounded', () => {
    expect(printable('x'.repeat(1_000_000), 10)).toBe(`${'x'.repeat(10)}…`);
    expect(printable('x'.repeat(10), 10)).toBe('x'.repeat(10));
  });
});
