import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { x25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clampWgPrivateKey,
  parseWgPresharedKey,
  parseWgPrivateKey,
  parseWgPublicKey,
  type WgKeyKind,
  type WgPrivateKey,
  wgKeyFromBytes,
  wgKeyToBytes,
  wgPublicKeyFromPrivate,
} from '../src/index.ts';
import { base64OfHexKey, hexOfBase64Key } from '../src/key-text.ts';
import { privateKeys } from './arbitraries.ts';
import { expectWgError } from './expect-wg-error.ts';
import { hostileVariants, NOT_STRINGS } from './hostile-texts.ts';
import rfc7748 from './vectors/rfc7748-x25519.json' with { type: 'json' };

const VALID = 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=';
const parsers = {
  public: parseWgPublicKey,
  private: parseWgPrivateKey,
  preshared: parseWgPresharedKey,
} as const;
const kinds = Object.keys(parsers) as WgKeyKind[];
const raw32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

/** A number below 2^256 as 32 bytes, little-endian. */
const littleEndian = (n: bigint) =>
  Uint8Array.from({ length: 32 }, (_, at) => Number((n >> BigInt(8 * at)) & 0xffn));

describe('public key of a private key', () => {
  it.each(rfc7748.pairs)('equals RFC 7748 for $name', ({ private: secret, public: expected }) => {
    const key = parseWgPrivateKey(base64(secret));
    expect(Buffer.from(wgPublicKeyFromPrivate(key), 'base64').toString('hex')).toBe(expected);
  });

  it('equals what wg pubkey prints, for keys of wg genkey and for unclamped ones', () => {
    const made = execFileSync('wg', ['genkey'], { encoding: 'utf8' }).trim();
    const unclamped = base64('ff'.repeat(32));
    for (const secret of [made, unclamped]) {
      const expected = execFileSync('wg', ['pubkey'], { input: `${secret}\n`, encoding: 'utf8' }).trim();
      expect(wgPublicKeyFromPrivate(parseWgPrivateKey(secret))).toBe(expected);
    }
  });

  it('equals node:crypto for arbitrary keys', () => {
    fc.assert(
      fc.property(privateKeys, (key) => {
        const pkcs8 = Buffer.concat([
          Buffer.from('302e020100300506032b656e04220420', 'hex'),
          wgKeyToBytes(key),
        ]);
        const jwk = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).export({
          format: 'jwk',
        });
        expect(wgPublicKeyFromPrivate(key)).toBe(Buffer.from(jwk.x ?? '', 'base64url').toString('base64'));
      }),
      { numRuns: 30 },
    );
  });

  it('validates again what was cast to a private key', () => {
    expectWgError(() => wgPublicKeyFromPrivate(`${VALID}\n` as WgPrivateKey), 'invalid_key');
  });
});

describe('clamping', () => {
  it('clears and sets the bits of RFC 7748, is idempotent, keeps the public key and the given bytes', () => {
    fc.assert(
      fc.property(
        raw32.filter((bytes) => bytes.some((byte) => byte !== 0)),
        (random32) => {
          const before = Uint8Array.from(random32);
          const key = clampWgPrivateKey(random32);
          const scalar = wgKeyToBytes(key);
          expect((scalar[0] ?? 0) & 7).toBe(0);
          expect((scalar[31] ?? 0) >> 6).toBe(1);
          expect(clampWgPrivateKey(scalar)).toBe(key);
          expect(wgPublicKeyFromPrivate(key)).toBe(
            Buffer.from(x25519.getPublicKey(random32)).toString('base64'),
          );
          expect(random32).toEqual(before);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([0, 1, 31, 33, 64])('refuses %i bytes', (length) => {
    expectWgError(() => clampWgPrivateKey(new Uint8Array(length).fill(7)), 'invalid_key');
  });

  it('refuses 32 zero bytes, the mark of a broken random source', () => {
    expectWgError(() => clampWgPrivateKey(new Uint8Array(32)), 'invalid_key');
  });
});

describe.each(kinds)('the %s key parser', (kind) => {
  const parse = parsers[kind];

  it('gives back a canonical key', () => {
    expect(parse(VALID)).toBe(VALID);
  });

  it('refuses every hostile variant and every value that is not a string', () => {
    for (const text of hostileVariants(VALID))
      expectWgError(() => parse(text), 'invalid_key', JSON.stringify(text));
    for (const value of NOT_STRINGS) expectWgError(() => parse(value), 'invalid_key', String(typeof value));
  });

  it('refuses the all-zero key, base64url, missing padding, other lengths and hex', () => {
    const withSlash = VALID.includes('/') ? VALID : 'unreachable';
    for (const text of [
      'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      withSlash.replace('/', '_'),
      VALID.slice(0, -1),
      Buffer.alloc(31, 7).toString('base64'),
      Buffer.alloc(33, 7).toString('base64'),
      Buffer.alloc(32, 7).toString('hex'),
    ]) {
      expectWgError(() => parse(text), 'invalid_key', text);
    }
  });

  it('refuses the three other spellings of the last character (RFC 4648, section 3.5)', () => {
    for (const last of ['p', 'q', 'r']) {
      // "o" carries four key bits and two zero bits; the next three letters differ in the spare bits only.
      expectWgError(() => parse(VALID.replace(/o=$/, `${last}=`)), 'invalid_key', last);
    }
  });

  it('never quotes the text in its error', () => {
    const error = expectWgError(() => parse(`${VALID.slice(0, 43)}!`), 'invalid_key');
    expect(`${error.message} ${error.stack}`).not.toContain(VALID.slice(0, 12));
  });

  it('is the inverse of bytes', () => {
    fc.assert(
      fc.property(raw32, (bytes) => {
        if (kind === 'public') bytes[31] = (bytes[31] ?? 0) & 0x3f;
        fc.pre(bytes.some((byte) => byte > 1));
        const text = Buffer.from(bytes).toString('base64');
        const key = wgKeyFromBytes(kind, bytes);
        expect(key).toBe(text);
        expect(wgKeyToBytes(parse(key))).toEqual(bytes);
      }),
    );
  });

  it('refuses bytes of another length or type', () => {
    for (const bytes of [
      new Uint8Array(31),
      new Uint8Array(33),
      new Uint8Array(0),
      [1, 2] as unknown as Uint8Array,
    ]) {
      expectWgError(() => wgKeyFromBytes(kind, bytes), 'invalid_key');
    }
  });
});

describe('public keys of low order', () => {
  const p = 2n ** 255n - 19n;
  const e8 = 325606250916557431795983626356110631294008115727848805560023387167927233504n;
  const f9 = 39382357235489614581723060781553021112529911719440698176882885853963445705823n;
  const values = [0n, 1n, e8, f9, p - 1n, p, p + 1n];
  const spellings = values.flatMap((u) => [u, u + 2n ** 255n]).map(littleEndian);

  it('are exactly those from which X25519 gives zero, and are refused with either top bit', () => {
    const scalar = new Uint8Array(32).fill(0x42);
    for (const point of spellings) {
      expect(() => x25519.getSharedSecret(scalar, point)).toThrow();
      expectWgError(() => wgKeyFromBytes('public', point), 'invalid_key', Buffer.from(point).toString('hex'));
    }
  });

  it('are refused without their neighbours', () => {
    for (const u of [2n, e8 + 1n, f9 - 1n, p - 2n]) {
      expect(wgKeyFromBytes('public', littleEndian(u))).toHaveLength(44);
    }
  });
});

describe('public keys that are another spelling of a key', () => {
  const top = 2n ** 255n;
  const p = top - 19n;

  it.each([
    [2n, p + 2n],
    [18n, top - 1n],
    [9n, 9n + top],
    [p - 2n, p - 2n + top],
  ])('%#: mean the same to X25519, and only the reduced one is accepted', (u, other) => {
    const scalar = new Uint8Array(32).fill(0x42);
    const [one, two] = [littleEndian(u), littleEndian(other)];
    expect(x25519.getSharedSecret(scalar, two)).toEqual(x25519.getSharedSecret(scalar, one));
    expect(wgKeyFromBytes('public', one)).toHaveLength(44);
    expectWgError(() => wgKeyFromBytes('public', two), 'invalid_key');
  });
});

describe('base64 and hex of a key', () => {
  it('convert into each other as node:buffer does', () => {
    fc.assert(
      fc.property(raw32, (bytes) => {
        const buffer = Buffer.from(bytes);
        expect(hexOfBase64Key(buffer.toString('base64'))).toBe(buffer.toString('hex'));
        expect(base64OfHexKey(buffer.toString('hex'))).toBe(buffer.toString('base64'));
      }),
    );
  });

  it('refuse every other text, among them upper-case hex', () => {
    const hex = 'ab'.repeat(32);
    for (const text of [
      ...hostileVariants(hex),
      hex.toUpperCase(),
      hex.slice(1),
      `${hex}a`,
      `0x${hex.slice(2)}`,
    ]) {
      expect(base64OfHexKey(text), JSON.stringify(text)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.string({ minLength: 44, maxLength: 44 }), (text) => hexOfBase64Key(text) === undefined),
    );
  });
});

it('keys of different kinds do not pass for one another', () => {
  const key = parseWgPublicKey(VALID);
  // @ts-expect-error a public key is not a private key
  const misuse: WgPrivateKey = key;
  expect(misuse).toBe(VALID);
});
