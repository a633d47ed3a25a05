import { createHash, generateKeyPairSync, sign as nodeSign } from 'node:crypto';
import {
  checkEd25519PublicKey,
  decodeBase64,
  decodeBase64Url,
  ed25519PublicKey,
  fromHex,
  type JsonValue,
  parseStrictJson,
  toHex,
} from '@mesh/primitives';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeVerify } from '../../primitives/test/node-ed25519.ts';
import vectors from '../../primitives/test/vectors/signing.json' with { type: 'json' };
import { type MessageKind, messageKinds, signingInput, signMessage, verifyMessage } from '../src/index.ts';
import { SIGNED_CASES } from './support/ed25519-cases.ts';

const seed = createHash('sha256').update('a test key').digest();
const publicKey = ed25519PublicKey(seed);
const backends = [
  ['portable', undefined],
  ['node:crypto', nodeVerify],
] as const;

describe('known answers (signing.json)', () => {
  it.each(vectors.cases)('$kind of $body.node_id: input, signature, verification', (vector) => {
    const kind = vector.kind as MessageKind;
    const key = decodeBase64(vector.public_key, { lengthBytes: 32 });
    expect(toHex(signingInput(kind, vector.body))).toBe(vector.signing_input_hex);
    const signed = signMessage(kind, vector.body, fromHex(vector.private_key_seed_hex));
    expect(signed).toEqual({ ...vector.body, signature: vector.signature });
    for (const [, verify] of backends) expect(verifyMessage(kind, signed, key, verify)).toBe(true);
  });

  it.each(vectors.canonical_json)('canonical JSON: $source', (vector) => {
    if ('refused' in vector) {
      // It is refused when it is read, and again when the value comes from another parser.
      expect(() => parseStrictJson(vector.input)).toThrow();
      expect(() => signingInput('benchmark', JSON.parse(vector.input))).toThrow();
      expect(verifyMessage('benchmark', { ...JSON.parse(vector.input), signature: '' }, publicKey)).toBe(
        false,
      );
      return;
    }
    const text = new TextDecoder().decode(signingInput('benchmark', JSON.parse(vector.input)));
    const canonical = text.slice('mesh/v1/benchmark\n'.length);
    if (vector.canonical !== undefined) expect(canonical).toBe(vector.canonical);
    const positions = (vector.key_order ?? []).map((key) => canonical.indexOf(`${JSON.stringify(key)}:`));
    expect(positions).toEqual([...positions].sort((x, y) => x - y));
    expect(positions).not.toContain(-1);
  });
});

describe.each(backends)('strict Ed25519 over %s', (_name, verify) => {
  it.each(SIGNED_CASES)('$name: verifies = $verifies', ({ body, publicKey: key, verifies }) => {
    expect(verifyMessage('leave', body, key, verify)).toBe(verifies);
  });

  it('a signature of one kind does not verify as another', () => {
    for (const kind of messageKinds) {
      const signed = signMessage(kind, { node_id: 'node-a' }, seed);
      const accepting = messageKinds.filter((other) => verifyMessage(other, signed, publicKey, verify));
      expect(accepting).toEqual([kind]);
    }
  });
});

describe('the strict cases are needed', () => {
  it('a cofactored verifier accepts an R with torsion', () => {
    const row = SIGNED_CASES.find(({ name }) => name === 'R with a torsion component');
    if (row === undefined) throw new Error('the case is gone');
    const signature = decodeBase64(row.body.signature);
    const input = signingInput('leave', row.body);
    expect(ed25519.verify(signature, input, row.publicKey, { zip215: false })).toBe(true);
  });

  it('a mixed-order key, whose verdict depends on the message, is refused at enrolment', () => {
    const row = SIGNED_CASES.find(({ name }) => name.startsWith('A of mixed order'));
    expect(() => checkEd25519PublicKey(row?.publicKey ?? new Uint8Array(32))).toThrow(
      expect.objectContaining({ code: 'invalid_public_key' }),
    );
  });
});

describe('signing and verifying', () => {
  // Whole numbers beyond 2^53 - 1 can be signed, but no reader of messages accepts them.
  const json = fc
    .jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
    .filter((v) => !hasProtoKey(v) && !hasUnsafeInteger(v));

  it('everything that can be signed verifies, also after a trip over the wire', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (fields) => {
        const body = JSON.parse(JSON.stringify({ ...fields })) as Record<string, JsonValue>;
        if (hasProtoKey(body)) return;
        const signed = signMessage('benchmark', body, seed);
        const received = parseStrictJson(JSON.stringify(signed)) as object;
        expect(verifyMessage('benchmark', received, publicKey)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('the order of keys does not matter, every value does', () => {
    const signed = signMessage('leave', { a: 1, b: { c: [1, 2] } }, seed);
    const { signature } = signed;
    expect(verifyMessage('leave', { signature, b: { c: [1, 2] }, a: 1 }, publicKey)).toBe(true);
    for (const other of [
      { a: 2, b: { c: [1, 2] } },
      { a: 1, b: { c: [2, 1] } },
      { a: '1', b: { c: [1, 2] } },
      { a: 1, b: { c: [1, 2] }, d: null },
      { a: 1 },
    ])
      expect(verifyMessage('leave', { ...other, signature }, publicKey)).toBe(false);
  });

  it('a signer function signs like its seed', () => {
    const pair = generateKeyPairSync('ed25519');
    const raw = decodeBase64Url(pair.publicKey.export({ format: 'jwk' }).x ?? '');
    const signed = signMessage('config', { n: 1 }, (message) => nodeSign(null, message, pair.privateKey));
    expect(verifyMessage('config', signed, raw)).toBe(true);
    expect(verifyMessage('config', signed, publicKey)).toBe(false);
  });

  it('signing again replaces the signature and does not sign it', () => {
    const once = signMessage('leave', { n: 1 }, seed);
    expect(signMessage('leave', once, seed)).toEqual(once);
  });
});

describe('verifyMessage returns false and does not throw', () => {
  const good = signMessage('leave', { n: 1 }, seed);
  const text = good.signature;
  const cases: [string, unknown][] = [
    ['no signature', { n: 1 }],
    ['a signature that is a number', { n: 1, signature: 1 }],
    ['an empty signature', { n: 1, signature: '' }],
    ['a signature without padding', { n: 1, signature: text.replaceAll('=', '') }],
    ['a signature with white space', { n: 1, signature: `${text}\n` }],
    [
      'a signature in the url alphabet',
      { n: 1, signature: text.replaceAll('+', '-').replaceAll('/', '_').replace(/^./, '-') },
    ],
    ['a signature with spare bits', { n: 1, signature: withSpareBits(text) }],
    ['63 bytes', { n: 1, signature: Buffer.alloc(63).toString('base64') }],
    ['65 bytes', { n: 1, signature: Buffer.alloc(65).toString('base64') }],
    ['an inherited signature', Object.create(good)],
    ['a lone surrogate', { n: '\ud800', signature: text }],
    ['a key that is a lone surrogate', { '\ud800': 1, signature: text }],
    ['a number without JSON', { n: Number.NaN, signature: text }],
    ['undefined as a value', { n: 1, x: undefined, signature: text }],
    ['a key named __proto__', JSON.parse(`{"__proto__":1,"n":1,"signature":${JSON.stringify(text)}}`)],
    ['an array', Object.assign([1], { signature: text })],
    ['a Map', Object.assign(new Map(), { n: 1, signature: text })],
    ['null', null],
    ['a string', 'text'],
  ];

  it('the unbroken body of the cases verifies', () => {
    expect(verifyMessage('leave', good, publicKey)).toBe(true);
  });

  it.each(cases)('%s', (_what, body) => {
    expect(verifyMessage('leave', body as object, publicKey)).toBe(false);
  });

  it('for nesting of any depth', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = [deep];
    expect(verifyMessage('leave', { deep, signature: text }, publicKey)).toBe(false);
  });
});

describe('signMessage refuses what could have two meanings', () => {
  it.each([
    ['an array', ['x']],
    ['a Map', new Map([['n', 1]])],
    ['a Date', new Date(0)],
    [
      'a class instance',
      new (class Body {
        n = 1;
      })(),
    ],
    ['undefined as a value', { n: undefined }],
    ['a bigint', { n: 1n }],
  ])('%s', (_what, body) => {
    expect(() => signMessage('leave', body, seed)).toThrow(
      expect.objectContaining({ code: 'json_unsupported_value' }),
    );
  });

  it.each(['', 'constructor', 'leave\n{}', 'Leave'])('the kind %j', (kind) => {
    expect(() => signMessage(kind as MessageKind, { n: 1 }, seed)).toThrow(
      expect.objectContaining({ code: 'json_unsupported_value' }),
    );
  });
});

/** Base64 of 64 bytes ends in two digits and "==". The last digit has four spare bits. */
function withSpareBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const at = text.length - 3;
  const digit = alphabet.indexOf(text.charAt(at));
  return `${text.slice(0, at)}${alphabet.charAt(digit + 1)}==`;
}

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.keys(value).includes('__proto__') || Object.values(value).some(hasProtoKey);
}

function hasUnsafeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasUnsafeInteger);
}
