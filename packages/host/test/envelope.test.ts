// Envelopes open only as they were sealed. The primitives of node:crypto, called by hand, check the format.

import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { SecretBytes } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENVELOPE_OVERHEAD_BYTES } from '../src/envelope.ts';
import { errorOf } from './support/error-of.ts';
import { openEnvelope, sealEnvelope } from './support/one-envelope.ts';

const master = new Uint8Array(randomBytes(32));
const context = { purpose: 'ca-private-key', aad: 'mesh-1' };
const plaintext = new TextEncoder().encode('planted-plaintext');

describe('an envelope', () => {
  it('gives back any plaintext under any context', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.string({ minLength: 1, maxLength: 60 }),
        fc.oneof(fc.string(), fc.uint8Array()),
        (bytes, purpose, aad) => {
          const sealed = sealEnvelope(master, { purpose, aad }, bytes);
          expect(sealed).toHaveLength(bytes.length + ENVELOPE_OVERHEAD_BYTES);
          expect(openEnvelope(master, { purpose, aad }, sealed)).toEqual(bytes);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('has the documented bytes: HKDF and GCM written out by hand open it', () => {
    const sealed = Buffer.from(sealEnvelope(master, context, plaintext));
    expect(sealed[0]).toBe(1);
    const label = Buffer.concat([
      Buffer.from('mesh/envelope/v1'),
      Buffer.from([0, 14]),
      Buffer.from('ca-private-key'),
    ]);
    const prk = createHmac('sha256', sealed.subarray(1, 17)).update(master).digest();
    const key = createHmac('sha256', prk).update(label).update(Uint8Array.of(1)).digest();
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(17, 29));
    decipher.setAAD(Buffer.concat([label, Buffer.from('mesh-1')]));
    decipher.setAuthTag(sealed.subarray(-16));
    const opened = Buffer.concat([decipher.update(sealed.subarray(29, -16)), decipher.final()]);
    expect(opened.toString()).toBe('planted-plaintext');
  });

  it('is never the same twice: salt, nonce and ciphertext all differ', () => {
    const sealed = Array.from({ length: 50 }, () => Buffer.from(sealEnvelope(master, context, plaintext)));
    for (const [from, to] of [
      [1, 17],
      [17, 29],
      [29, 46],
    ] as const) {
      expect(new Set(sealed.map((bytes) => bytes.subarray(from, to).toString('hex'))).size).toBe(50);
    }
  });

  it('opens under a disposable master key, and not after its disposal', () => {
    const secret = SecretBytes.own(master.slice());
    const sealed = sealEnvelope(secret, context, plaintext);
    expect(openEnvelope(secret, context, sealed)).toEqual(plaintext);
    secret.dispose();
    expect(() => openEnvelope(secret, context, sealed)).toThrow(/disposed/);
  });

  it('does not open after any one bit changed', () => {
    const sealed = sealEnvelope(master, context, plaintext);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = sealed.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(errorOf(() => openEnvelope(master, context, altered)).code).toBe('envelope_invalid');
    }
  });

  it('does not open when any number of bytes is removed or added', () => {
    const sealed = sealEnvelope(master, context, plaintext);
    for (let length = 0; length < sealed.length; length++) {
      expect(errorOf(() => openEnvelope(master, context, sealed.subarray(0, length))).code).toBe(
        'envelope_invalid',
      );
    }
    const longer = Uint8Array.from([...sealed, 0]);
    expect(errorOf(() => openEnvelope(master, context, longer)).code).toBe('envelope_invalid');
  });

  it.each([
    ['another purpose', master, { ...context, purpose: 'benchmark-details' }],
    ['another place', master, { ...context, aad: 'mesh-2' }],
    ['no place', master, { purpose: context.purpose }],
    ['a border moved between purpose and place', master, { purpose: 'ca-private-keym', aad: 'esh-1' }],
    ['another master key', new Uint8Array(32), context],
  ])('does not open under %s, and the error does not show the content', (_, key, other) => {
    const sealed = sealEnvelope(master, context, plaintext);
    const error = errorOf(() => openEnvelope(key, other, sealed));
    expect(error.code).toBe('envelope_invalid');
    expect(inspect(error, { depth: 9 })).not.toContain('planted');
  });

  it.each([0, 16, 31, 33, 64])('refuses a master key of %i bytes', (length) => {
    expect(errorOf(() => sealEnvelope(new Uint8Array(length), context, plaintext)).code).toBe(
      'invalid_argument',
    );
  });

  it('refuses an empty purpose', () => {
    expect(errorOf(() => sealEnvelope(master, { purpose: '' }, plaintext)).code).toBe('invalid_argument');
  });

  it('leaves the caller’s key and plaintext as they were', () => {
    const key = master.slice();
    const text = plaintext.slice();
    openEnvelope(key, context, sealEnvelope(key, context, text));
    expect([key, text]).toEqual([master, plaintext]);
  });
});
