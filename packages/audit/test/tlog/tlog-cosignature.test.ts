import { concatBytes, ed25519PublicKey, toHex, uint64be, utf8, verifyEd25519 } from '@mesh/primitives';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { describe, expect, it } from 'vitest';
import {
  ed25519SigningKey,
  keyIdOf,
  mlDsa44SigningKey,
  parseVerifierKey,
  renderVerifierKey,
  signCheckpoint,
  verifySignature,
} from '../../src/index.ts';
import { flipped, rootOf } from '../support/log.ts';
import { checkpointText, mlDsaWitness, ORIGIN, TIME, witness } from '../support/signers.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const text = checkpointText();
const both = [
  ['Ed25519', witness, checkpointText({ extensions: ['covered'] })],
  ['ML-DSA-44', mlDsaWitness, undefined],
] as const;

describe('what is signed', () => {
  it('Ed25519: a header, the time and the whole text', () => {
    const { signature } = signCheckpoint(witness, text, TIME);
    expect(signature.slice(0, 8)).toEqual(uint64be(TIME));
    const message = utf8(`cosignature/v1\ntime ${TIME}\n${text}`);
    expect(verifyEd25519(signature.slice(8), message, witness.key.publicKey)).toBe(true);
  });

  it('ML-DSA-44: label, cosigner, time, origin, 0, size and root, in TLS’s encoding', () => {
    const { signature } = signCheckpoint(mlDsaWitness, text, TIME);
    expect(signature.length).toBe(8 + 2420);
    expect(signature.slice(0, 8)).toEqual(uint64be(TIME));
    const { name, publicKey } = mlDsaWitness.key;
    const message = concatBytes(
      utf8('subtree/v1\n\0'),
      Uint8Array.of(name.length),
      utf8(name),
      uint64be(TIME),
      Uint8Array.of(ORIGIN.length),
      utf8(ORIGIN),
      uint64be(0),
      uint64be(7),
      rootOf(7),
    );
    expect(ml_dsa44.verify(signature.slice(8), message, publicKey)).toBe(true);
  });

  it('is signed the same again', () => {
    for (const [, key] of both)
      expect(signCheckpoint(key, text, TIME)).toEqual(signCheckpoint(key, text, TIME));
  });
});

describe.each(both)('a cosignature by %s', (_, key, extended) => {
  const line = signCheckpoint(key, text, TIME);

  it('verifies, with its time', () => {
    expect(verifySignature(line, text, key.key)).toEqual({ key: key.key, timeSeconds: TIME });
  });

  it('does not with another time, origin, size or root', () => {
    const later = { signature: concatBytes(uint64be(TIME + 1), line.signature.slice(8)) };
    expect(verifySignature(later, text, key.key)).toBeUndefined();
    for (const other of [
      checkpointText({ size: 8 }),
      checkpointText({ root: rootOf(8) }),
      checkpointText({ origin: 'example.com/mesi' }),
    ])
      expect(verifySignature(line, other, key.key)).toBeUndefined();
  });

  it('covers extension lines if it is of Ed25519, and no lines at all if it is of ML-DSA-44', () => {
    const other = checkpointText({ extensions: ['covered'] });
    expect(verifySignature(line, other, key.key) === undefined).toBe(extended !== undefined);
  });

  it.each([0, 7, 8, 9, 71, 73, 2427, 2429])('of %i bytes does not verify', (length) => {
    const padded = new Uint8Array(length);
    padded.set(line.signature.slice(0, length));
    expect(verifySignature({ signature: padded }, text, key.key)).toBeUndefined();
  });

  it('does not verify over a text that is no checkpoint, unless that was signed', () => {
    expect(verifySignature(line, 'any text\n', key.key)).toBeUndefined();
  });

  it.each([-1, 0.5, 2 ** 53, Number.NaN])('is not made for the time %d', (time) => {
    expect(() => signCheckpoint(key, text, time)).toThrow(failsWith('out_of_range'));
  });

  it('with a time from 2^53 does not verify', () => {
    const signature = concatBytes(new Uint8Array(8).fill(0xff), line.signature.slice(8));
    expect(verifySignature({ signature }, text, key.key)).toBeUndefined();
  });

  it('has a key whose text can be read again', () => {
    const shown = renderVerifierKey(key.key);
    expect(parseVerifierKey(shown)).toEqual(key.key);
    expect(shown.split('+')[1]).toBe(toHex(keyIdOf(key.key.name, key.key.kind, key.key.publicKey)));
  });
});

describe('single bits', () => {
  it('Ed25519: none of the signature can be changed', () => {
    const line = signCheckpoint(witness, text, TIME);
    for (const signature of flipped(line.signature))
      expect(verifySignature({ signature }, text, witness.key)).toBeUndefined();
  });

  it('ML-DSA-44: none of every 37th of the signature can be changed, nor of the time', () => {
    const line = signCheckpoint(mlDsaWitness, text, TIME);
    let tried = 0;
    for (const [bit, signature] of [...flipped(line.signature)].entries()) {
      if (bit >= 64 && bit % 37 !== 0) continue;
      tried += 1;
      expect(verifySignature({ signature }, text, mlDsaWitness.key)).toBeUndefined();
    }
    expect(tried).toBeGreaterThan(500);
  });
});

it('ML-DSA-44 commits to the cosigner’s name, which Ed25519 does not', () => {
  const seed = new Uint8Array(32).fill(9);
  const [a, b] = ['a', 'b'].map((name) => mlDsa44SigningKey(name, seed));
  expect(
    verifySignature(signCheckpoint(a as never, text, TIME), text, (b as typeof mlDsaWitness).key),
  ).toBeUndefined();
  const [c, d] = ['c', 'd'].map((name) => ed25519SigningKey(name, 'ed25519-cosignature', seed));
  expect(
    verifySignature(signCheckpoint(c as never, text, TIME), text, (d as typeof witness).key),
  ).toBeDefined();
});

it('ML-DSA-44 refuses a name of more than 255 bytes', () => {
  const key = mlDsa44SigningKey('é'.repeat(128), new Uint8Array(32));
  expect(() => signCheckpoint(key, text, TIME)).toThrow(failsWith('out_of_range'));
});

it('a key keeps a copy of its seed', () => {
  const seed = new Uint8Array(32).fill(7);
  const key = ed25519SigningKey('a', 'ed25519', seed);
  seed.fill(0);
  expect(key.key.publicKey).toEqual(ed25519PublicKey(key.secret));
});
