import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSealed, SEAL_SUITES, sealTo } from '../src/index.ts';
import { aad, bytes, info, pairOf, randomnessFor } from './samples.ts';

describe('with a platform whose random source throws', () => {
  beforeEach(() => {
    const refuse = () => {
      throw new Error('the platform was asked for randomness');
    };
    vi.spyOn(globalThis.crypto, 'getRandomValues').mockImplementation(refuse);
    vi.spyOn(Math, 'random').mockImplementation(refuse);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('the source does throw', async () => {
    expect(() => crypto.getRandomValues(new Uint8Array(1))).toThrow('asked for randomness');
    // Positive control: the library would draw its own randomness if it got none.
    const { ml_kem768_x25519 } = await import('@noble/post-quantum/hybrid.js');
    expect(() => ml_kem768_x25519.encapsulate(pairOf('mesh/seal/v1/x-wing').publicKey)).toThrow(
      'asked for randomness',
    );
  });

  it.each(SEAL_SUITES)('%s makes keys, seals and opens', (suite) => {
    const { publicKey, privateKey } = pairOf(suite);
    const plaintext = bytes(100);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
    expect(openSealed({ suite, privateKey, info, aad, sealed })).toEqual(plaintext);
  });
});
