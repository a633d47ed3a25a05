import { createHash } from 'node:crypto';
import type { JsonValue } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitDetails, isDetailsCommitment } from '../../src/index.ts';

const salt = Uint8Array.from({ length: 32 }, (_, i) => i);

describe('commitDetails', () => {
  it('is SHA-256(lp("mesh/audit/v1/details") ‖ salt ‖ JCS(details)), by node:crypto', () => {
    const label = 'mesh/audit/v1/details';
    const expected = createHash('sha256')
      .update(Buffer.from([0, label.length]))
      .update(label)
      .update(salt)
      .update('{"a":[1,"é"],"b":0.5}')
      .digest('hex');
    expect(commitDetails(salt, { b: 0.5, a: [1, 'é'] })).toBe(`sha256:${expected}`);
  });

  it('depends on every bit of the salt and on the details, not on the order of keys', () => {
    const base = commitDetails(salt, { a: 1, b: 2 });
    expect(commitDetails(salt, { b: 2, a: 1 })).toBe(base);
    expect(commitDetails(salt, { a: 1, b: 3 })).not.toBe(base);
    fc.assert(
      fc.property(fc.nat({ max: 255 }), (bit) => {
        const other = salt.slice();
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(commitDetails(other, { a: 1, b: 2 })).not.toBe(base);
      }),
    );
  });

  it.each([0, 16, 31, 33])('refuses a salt of %i bytes', (length) => {
    expect(() => commitDetails(new Uint8Array(length), {})).toThrow(
      expect.objectContaining({ code: 'wrong_length' }),
    );
  });

  it.each([[Number.NaN], [undefined], [{ a: undefined }], ['\ud800'], [new Date(0)]])(
    'refuses %s',
    (details) => {
      expect(() => commitDetails(salt, details as unknown as JsonValue)).toThrow(
        expect.objectContaining({ name: 'AuditError', code: 'invalid_entry' }),
      );
    },
  );
});

describe('isDetailsCommitment', () => {
  it.each([
    [`sha256:${'a'.repeat(64)}`, true],
    [`sha256:${'A'.repeat(64)}`, false],
    [`sha256:${'a'.repeat(63)}`, false],
    [`sha256:${'a'.repeat(64)}\n`, false],
    ['a'.repeat(64), false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (text, is) => {
    expect(isDetailsCommitment(text)).toBe(is);
  });
});
