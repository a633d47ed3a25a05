// API keys as text: their one spelling, and what is refused.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdminKeyError, adminKeyIdOf, formatAdminKey, parseAdminKey, pathOf } from '../src/index.ts';

const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
const keyId = adminKeyIdOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
const text = formatAdminKey({ keyId, secret });

describe('a key', () => {
  it('has a form that secret scanners find', () => {
    // The checksum was computed with Python's hashlib, over the bytes "mesh_key_0102030405060708_" and 0
    // to 31.
    expect(text).toBe(
      'mesh_key_0102030405060708_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1ff79b0beb',
    );
    expect(text).toMatch(/\bmesh_key_[0-9a-f]{16}_[0-9a-f]{72}\b/);
  });

  it('is read back, with white space around it', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(bytes(8), bytes(32), (id, of) => {
        const key = { keyId: adminKeyIdOf(id), secret: Uint8Array.from(of) };
        expect(parseAdminKey(` ${formatAdminKey(key)}\n`)).toEqual(key);
      }),
    );
  });

  it('with any other character in one place is refused, without being repeated', () => {
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === '0' ? '1' : '0';
      const damaged = text.slice(0, at) + other + text.slice(at + 1);
      expect(() => parseAdminKey(damaged)).toThrow(AdminKeyError);
      expect(() => parseAdminKey(damaged)).not.toThrow(text.slice(30, 60));
    }
  });

  it.each([
    ['nothing', ''],
    ['a join token', 'meshjoin1.AQEBAQEBAQEB.AgI.AwM'],
    ['upper case', text.toUpperCase()],
    ['a key that is cut short', text.slice(0, -1)],
    ['a longer key', `${text}0`],
    ['two keys', `${text} ${text}`],
    ['white space inside', text.replace('_0001', '_ 0001')],
  ])('is not %s', (_what, given) => {
    expect(() => parseAdminKey(given)).toThrow('another form');
  });

  it('has 8 bytes of id and 32 of secret', () => {
    expect(() => adminKeyIdOf(secret)).toThrow('8 bytes');
    expect(() => formatAdminKey({ keyId, secret: secret.subarray(1) })).toThrow('32 bytes');
  });
});

describe('a path with the id of a key', () => {
  it('takes only such an id', () => {
    expect(pathOf('expireKey', keyId)).toBe('/v1/keys/0102030405060708/expire');
    for (const bad of [undefined, '', '..', '%2e%2e', '0102030405060708/x', 'ABCDEF0102030405', 'node-a'])
      expect(() => pathOf('expireKey', bad)).toThrow(AdminKeyError);
  });
});
