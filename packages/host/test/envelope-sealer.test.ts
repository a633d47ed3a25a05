// Many envelopes under one derived key are still envelopes: those with a key of their own are the second
// opinion.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEnvelopeSealer } from '../src/index.ts';
import { errorOf } from './support/error-of.ts';
import { openEnvelope, sealEnvelope } from './support/one-envelope.ts';

const master = new Uint8Array(randomBytes(32));
const context = { purpose: 'log-details', aad: '17' };
const plaintext = new TextEncoder().encode('planted-plaintext');
const part = (envelope: Uint8Array, from: number, to: number) =>
  Buffer.from(envelope.subarray(from, to)).toString('hex');
const saltOf = (envelope: Uint8Array) => part(envelope, 1, 17);
const nonceOf = (envelope: Uint8Array) => part(envelope, 17, 29);

describe('a sealer of envelopes', () => {
  it('of many envelopes and sealers of one each open what the other sealed', () => {
    const sealer = createEnvelopeSealer(master);
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ minLength: 1, maxLength: 20 }),
        fc.string(),
        (bytes, purpose, aad) => {
          const place = { purpose, aad };
          expect(openEnvelope(master, place, sealer.seal(place, bytes))).toEqual(bytes);
          expect(sealer.open(place, sealEnvelope(master, place, bytes))).toEqual(bytes);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('never uses a nonce twice, beyond one draw of them', () => {
    const sealer = createEnvelopeSealer(master);
    const nonces = Array.from({ length: 1000 }, () => nonceOf(sealer.seal(context, plaintext)));
    expect(new Set(nonces).size).toBe(1000);
  });

  it('changes the salt of each purpose after the given number of envelopes', () => {
    const sealer = createEnvelopeSealer(master, 3);
    const salts = Array.from({ length: 7 }, () => saltOf(sealer.seal(context, plaintext)));
    expect(new Set(salts.slice(0, 3)).size).toBe(1);
    expect(new Set(salts).size).toBe(3);
    const other = sealer.seal({ ...context, purpose: 'latest-benchmark' }, plaintext);
    expect(salts).not.toContain(saltOf(other));
  });

  it('does not open an envelope at another place, for another purpose, under another master key, or altered', () => {
    const sealer = createEnvelopeSealer(master);
    const sealed = sealer.seal(context, plaintext);
    expect(sealer.open(context, sealed)).toEqual(new Uint8Array(plaintext));
    const altered = new Uint8Array(sealed);
    altered[40] = (altered[40] ?? 0) ^ 1;
    const refusals = [
      () => sealer.open({ ...context, aad: '18' }, sealed),
      () => sealer.open({ ...context, purpose: 'latest-benchmark' }, sealed),
      () => createEnvelopeSealer(new Uint8Array(randomBytes(32))).open(context, sealed),
      () => sealer.open(context, altered),
      () => sealer.open(context, sealed.subarray(0, 20)),
    ];
    for (const refusal of refusals) expect(errorOf(refusal)).toMatchObject({ code: 'envelope_invalid' });
  });
});
