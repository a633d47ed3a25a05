// Watches the inputs and outputs of the real HMAC and the real cipher. Every secret among them must be zero
// when the call that made it has ended, with or without success.
import { afterAll, describe, expect, it, vi } from 'vitest';

const watched = vi.hoisted((): { live: Uint8Array[] } => ({ live: [] }));

vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock('@mesh/primitives', async (load) => {
  const real = await load<typeof import('@mesh/primitives')>();
  class WatchedHmac extends real.HmacSha256 {
    readonly #isKeyed: boolean;
    constructor(key: Uint8Array) {
      super(key);
      // Extraction without a salt has no key. Its output is not secret if its input is not.
      this.#isKeyed = key.length > 0;
      watched.live.push(key);
    }
    override tagInto(message: Uint8Array, into: Uint8Array): void {
      super.tagInto(message, into);
      if (this.#isKeyed) watched.live.push(into);
    }
  }
  const hkdfExtract: typeof real.hkdfExtract = (salt, ikm) =>
    real.hkdfExtract(salt, ikm, (key) => new WatchedHmac(key));
  const hkdfExpand32: typeof real.hkdfExpand32 = (prk, info) =>
    real.hkdfExpand32(prk instanceof Uint8Array ? new WatchedHmac(prk) : prk, info);
  return { ...real, HmacSha256: WatchedHmac, hkdfExtract, hkdfExpand32 };
});
vi.mock('@noble/ciphers/chacha.js', async (load) => {
  const real = await load<typeof import('@noble/ciphers/chacha.js')>();
  const chacha20poly1305 = (key: Uint8Array, nonce: Uint8Array, aad?: Uint8Array) => {
    watched.live.push(key, nonce);
    return real.chacha20poly1305(key, nonce, aad);
  };
  return { ...real, chacha20poly1305 };
});

const { openSealed, SEAL_SUITES, sealTo, setupReceiver, setupSender } = await import('../src/index.ts');
const { aad, bytes, encapsulated, info, pairOf, randomnessFor, sealError } = await import('./samples.ts');

const isZero = (value: Uint8Array) => value.every((byte) => byte === 0);

/**
 * The arrays that went through the watched functions during `act`. `act` must make its private keys before.
 */
function seenDuring(act: () => void): Uint8Array[] {
  watched.live = [];
  act();
  return watched.live;
}

describe.each(SEAL_SUITES)('%s: derived secrets', (suite) => {
  const { publicKey, privateKey } = pairOf(suite);
  const seal = () =>
    sealTo({ suite, publicKey, info, aad, plaintext: bytes(30), randomness: randomnessFor(suite) });

  it('are zero after sealing', () => {
    const seen = seenDuring(seal);
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(seen.filter((value) => !isZero(value))).toEqual([]);
  });

  it('are zero after opening', () => {
    const sealed = seal();
    const seen = seenDuring(() => openSealed({ suite, privateKey, info, aad, sealed }));
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(seen.filter((value) => !isZero(value))).toEqual([]);
  });

  it('are zero after failing to open', () => {
    const sealed = seal();
    const seen = seenDuring(() =>
      expect(() => openSealed({ suite, privateKey, info: aad, aad, sealed })).toThrow(
        sealError('cannot_open'),
      ),
    );
    expect(seen.length).toBeGreaterThanOrEqual(6);
    expect(seen.filter((value) => !isZero(value))).toEqual([]);
  });

  it('of a context: nonces are zero after each message, the key when it is disposed', () => {
    let context: ReturnType<typeof setupSender> | undefined;
    const atSetup = seenDuring(() => {
      context = setupSender(encapsulated(suite, publicKey), info);
    });
    expect(atSetup.length).toBeGreaterThanOrEqual(6);
    expect(atSetup.filter((value) => !isZero(value))).toEqual([]);
    const seen = seenDuring(() => {
      for (let message = 0; message < 3; message++) context?.seal({ aad, plaintext: bytes(30) });
    });
    // Three messages: each time the same key and another nonce.
    expect(seen).toHaveLength(6);
    expect(new Set(seen.filter((value) => !isZero(value))).size).toBe(1);
    context?.dispose();
    expect(seen.filter((value) => !isZero(value))).toEqual([]);
  });

  it('of a receiving context: the same', () => {
    const sender = setupSender(encapsulated(suite, publicKey), info);
    const { sealed } = sender.seal({ aad, plaintext: bytes(30) });
    let context: ReturnType<typeof setupReceiver> | undefined;
    const atSetup = seenDuring(() => {
      context = setupReceiver({ suite, privateKey, enc: sender.enc, info });
    });
    expect(atSetup.length).toBeGreaterThanOrEqual(6);
    expect(atSetup.filter((value) => !isZero(value))).toEqual([]);
    const seen = seenDuring(() => context?.open({ sequence: 0, aad, sealed }));
    expect(seen.filter((value) => !isZero(value))).toHaveLength(1);
    context?.dispose();
    expect(seen.filter((value) => !isZero(value))).toEqual([]);
  });
});
