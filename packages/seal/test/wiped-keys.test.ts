// Watches what the real HKDF and the real cipher are given and give: everything secret among it must be zero once the
// call that made it is over, whether it succeeded or not.
import { describe, expect, it, vi } from 'vitest';

const watched = vi.hoisted((): { live: Uint8Array[] } => ({ live: [] }));

vi.mock('@noble/hashes/hkdf.js', async (load) => {
  const real = await load<typeof import('@noble/hashes/hkdf.js')>();
  const expand: typeof real.expand = (hash, prk, info, lengthBytes) => {
    const output = real.expand(hash, prk, info, lengthBytes);
    watched.live.push(prk, output);
    return output;
  };
  return { ...real, expand };
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

/** What went through the watched functions during `act`; `act`'s own private keys are made before. */
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

  it('of a context: nonces are zero after each message, the key and the base nonce once it is disposed', () => {
    let context: ReturnType<typeof setupSender> | undefined;
    const atSetup = seenDuring(() => {
      context = setupSender(encapsulated(suite, publicKey), info);
    });
    // The last two that were expanded: the key and the base nonce, each beside the secret that it came from.
    const live = () => atSetup.filter((value) => !isZero(value));
    expect(
      live()
        .map((value) => value.length)
        .sort(),
    ).toEqual([12, 32]);
    const seen = seenDuring(() => {
      for (let message = 0; message < 3; message++) context?.seal({ aad, plaintext: bytes(30) });
    });
    expect(seen.filter((value) => !isZero(value) && value.length === 12)).toEqual([]);
    expect(new Set(seen.filter((value) => value.length === 32)).size).toBe(1);
    context?.dispose();
    expect(live()).toEqual([]);
    expect(seen.filter((value) => !isZero(value))).toEqual([]);
  });

  it('of a receiving context: the same', () => {
    const { sealed } = setupSender(encapsulated(suite, publicKey), info).seal({ aad, plaintext: bytes(30) });
    const { enc } = encapsulated(suite, publicKey);
    let context: ReturnType<typeof setupReceiver> | undefined;
    const atSetup = seenDuring(() => {
      context = setupReceiver({ suite, privateKey, enc, info });
    });
    expect(atSetup.filter((value) => !isZero(value))).toHaveLength(2);
    const seen = seenDuring(() => context?.open({ sequence: 0, aad, sealed }));
    context?.dispose();
    expect([...atSetup, ...seen].filter((value) => !isZero(value))).toEqual([]);
  });
});
