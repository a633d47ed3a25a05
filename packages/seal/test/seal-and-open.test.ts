import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_SUITE,
  encapsulationRandomnessLength,
  kemSeedLength,
  openSealed,
  parseSealSuite,
  SEAL_SUITES,
  type SealSuite,
  sealTo,
} from '../src/index.ts';
import { aad, bytes, info, pairOf, randomnessFor, sealError } from './samples.ts';

const ENC_LENGTH: Record<SealSuite, number> = { 'mesh/seal/v1/x-wing': 1120, 'mesh/seal/v1/x25519': 32 };
const cannotOpen = sealError('cannot_open');

describe('suites', () => {
  it('the hybrid suite is the default and the first', () => {
    expect(DEFAULT_SUITE).toBe('mesh/seal/v1/x-wing');
    expect(SEAL_SUITES[0]).toBe(DEFAULT_SUITE);
  });

  it.each([
    ['mesh/seal/v1/x-wing', 32, 64],
    ['mesh/seal/v1/x25519', 32, 32],
  ] as const)('%s takes %i bytes for a key pair and %i to seal', (suite, seed, randomness) => {
    expect(parseSealSuite(suite)).toBe(suite);
    expect(kemSeedLength(suite)).toBe(seed);
    expect(encapsulationRandomnessLength(suite)).toBe(randomness);
  });

  it.each([undefined, null, 1, '', 'x-wing', 'mesh/seal/v2/x-wing', 'MESH/SEAL/V1/X25519', '__proto__'])(
    '%s is not a suite',
    (value) => {
      expect(() => parseSealSuite(value)).toThrow(sealError('unknown_suite'));
      expect(() => encapsulationRandomnessLength(value as SealSuite)).toThrow(sealError('unknown_suite'));
    },
  );
});

describe.each(SEAL_SUITES)('%s', (suite) => {
  const { publicKey, privateKey } = pairOf(suite);
  const plaintext = bytes(40, 2);
  const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
  const open = (changes: Partial<Parameters<typeof openSealed>[0]>) =>
    openSealed({ suite, privateKey, info, aad, sealed, ...changes });

  it('round-trips any plaintext, info and aad', () => {
    const anyBytes = (maxLength: number) => fc.uint8Array({ maxLength });
    fc.assert(
      fc.property(
        anyBytes(300),
        anyBytes(50),
        anyBytes(50),
        fc.integer({ min: 1, max: 255 }),
        (message, i, a, label) => {
          const randomness = randomnessFor(suite, label);
          const blob = sealTo({ suite, publicKey, info: i, aad: a, plaintext: message, randomness });
          expect(blob).toHaveLength(ENC_LENGTH[suite] + message.length + 16);
          expect(openSealed({ suite, privateKey, info: i, aad: a, sealed: blob })).toEqual(message);
        },
      ),
      { numRuns: 25 },
    );
  });

  it.each([0, 1, 63, 64, 65, 20_000, 200_000])('round-trips %i bytes', (length) => {
    const message = bytes(length, 4);
    const randomness = randomnessFor(suite, 3);
    const blob = sealTo({ suite, publicKey, info, aad, plaintext: message, randomness });
    expect(openSealed({ suite, privateKey, info, aad, sealed: blob })).toEqual(message);
  });

  it('other randomness gives another message, the same randomness the same message', () => {
    const again = (label: number) =>
      sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite, label) });
    expect(again(1)).toEqual(sealed);
    expect(again(2)).not.toEqual(sealed);
  });

  it('leaves the plaintext and the sealed message as they were', () => {
    const copy = Uint8Array.from(sealed);
    expect(open({})).toEqual(plaintext);
    expect(sealed).toEqual(copy);
    expect(plaintext).toEqual(bytes(40, 2));
  });

  it('a changed byte anywhere cannot be opened', () => {
    expect(open({})).toEqual(plaintext);
    // Both ends of enc, of the ciphertext and of the tag, and places between. For X-Wing also the border of
    // enc's halves.
    const enc = ENC_LENGTH[suite];
    const places = [
      0,
      1,
      15,
      enc >> 1,
      enc - 33,
      enc - 32,
      enc - 1,
      enc,
      enc + 20,
      enc + 39,
      enc + 40,
      enc + 55,
    ];
    for (const at of places.filter((place) => place >= 0)) {
      for (const bit of [0x01, 0x40]) {
        const changed = Uint8Array.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ bit;
        expect(() => open({ sealed: changed }), `byte ${at}`).toThrow(cannotOpen);
      }
    }
  });

  it.each([0, 1, 16, 31, 47, 48, 87, 1119, 1135])('cut to %i bytes it cannot be opened', (length) => {
    expect(() => open({ sealed: sealed.subarray(0, Math.min(length, sealed.length - 1)) })).toThrow(
      cannotOpen,
    );
  });

  it('with a byte more, or with enc zero, it cannot be opened', () => {
    expect(() => open({ sealed: Uint8Array.of(...sealed, 0) })).toThrow(cannotOpen);
    const zero = Uint8Array.from(sealed).fill(0, 0, ENC_LENGTH[suite]);
    expect(() => open({ sealed: zero })).toThrow(cannotOpen);
  });

  it('another info, aad, key or suite cannot open it', () => {
    const otherSuite = SEAL_SUITES.find((each) => each !== suite) as SealSuite;
    expect(() => open({ info: new Uint8Array(0) })).toThrow(cannotOpen);
    expect(() => open({ info: Uint8Array.of(...info, 0) })).toThrow(cannotOpen);
    expect(() => open({ aad: new Uint8Array(0) })).toThrow(cannotOpen);
    expect(() => open({ info: aad, aad: info })).toThrow(cannotOpen);
    expect(() => open({ privateKey: pairOf(suite, 2).privateKey })).toThrow(cannotOpen);
    expect(() => open({ suite: otherSuite })).toThrow(cannotOpen);
    expect(() => open({ suite: otherSuite, privateKey: pairOf(otherSuite).privateKey })).toThrow(cannotOpen);
  });

  it('an unknown suite cannot open it either', () => {
    expect(() => open({ suite: 'mesh/seal/v9/x-wing' as SealSuite })).toThrow(cannotOpen);
  });

  it('gives the same error for every fault, without the cause', () => {
    const failures = [
      { info: aad },
      { sealed: sealed.subarray(0, 3) },
      { sealed: Uint8Array.from(sealed).fill(0, 0, ENC_LENGTH[suite]) },
      { privateKey: pairOf(suite, 2).privateKey },
    ].map((changes) => {
      try {
        return open(changes);
      } catch (error) {
        return error as Error;
      }
    });
    expect(new Set(failures.map((error) => (error as Error).message)).size).toBe(1);
    expect(failures.every((error) => (error as Error).cause === undefined)).toBe(true);
  });

  it.each([0, 31, 33, 63, 65, 128])(
    '%i random bytes are refused unless that is the right number',
    (length) => {
      const randomness = bytes(length);
      const seal = () => sealTo({ suite, publicKey, info, aad, plaintext, randomness });
      if (length === encapsulationRandomnessLength(suite)) expect(seal).not.toThrow();
      else expect(seal).toThrow(sealError('wrong_length'));
    },
  );
});
