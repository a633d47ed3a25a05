// Raw keys become key objects and raw keys again. The known keys are those of RFC 8032 (section 7.1) and RFC
// 7748 (section 6.1).

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { platformX25519, privateKeyFromRaw, publicKeyFromRaw, rawPublicKeyOf } from '../src/index.ts';

/**
 * The private keys that node:crypto got and the shared secrets that it returned: the memory, and its content
 * at that time.
 */
const secrets = vi.hoisted(() => [] as { readonly memory: Uint8Array; readonly held: string }[]);

vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock('node:crypto', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:crypto')>();
  const remember = (memory: Uint8Array) => {
    secrets.push({ memory, held: Buffer.from(memory).toString('hex') });
    return memory;
  };
  return {
    ...real,
    createPrivateKey: (options: { readonly key: Buffer; readonly format: 'der'; readonly type: 'pkcs8' }) => {
      remember(options.key);
      return real.createPrivateKey(options);
    },
    diffieHellman: (options: Parameters<typeof real.diffieHellman>[0]) =>
      remember(real.diffieHellman(options)),
  };
});

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

const KNOWN = [
  [
    'ed25519',
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  ],
  [
    'x25519',
    '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a',
    '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a',
  ],
] as const;

describe.each(KNOWN)('a raw %s key', (type, secret, publicKey) => {
  it('becomes a private key object whose public half is the known one', () => {
    const key = privateKeyFromRaw(type, hex(secret));
    expect([key.type, key.asymmetricKeyType]).toEqual(['private', type]);
    expect(rawPublicKeyOf(key)).toEqual(hex(publicKey));
  });

  it('becomes a public key object and comes back as it was', () => {
    const key = publicKeyFromRaw(type, hex(publicKey));
    expect([key.type, key.asymmetricKeyType]).toEqual(['public', type]);
    expect(rawPublicKeyOf(key)).toEqual(hex(publicKey));
  });

  it('is refused unless it has 32 bytes', () => {
    for (const length of [0, 31, 33]) {
      expect(() => privateKeyFromRaw(type, new Uint8Array(length))).toThrow();
      expect(() => publicKeyFromRaw(type, new Uint8Array(length))).toThrow();
    }
  });

  it('of a pair that the platform made equals the one in its JWK', () => {
    // Two calls, because generateKeyPairSync is overloaded.
    const pair = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
    const { x = '' } = pair.publicKey.export({ format: 'jwk' });
    expect(Buffer.from(rawPublicKeyOf(pair.publicKey)).toString('base64url')).toBe(x);
    expect(rawPublicKeyOf(pair.privateKey)).toEqual(rawPublicKeyOf(pair.publicKey));
  });

  it('leaves no copy of the private key and does not change the lent secret', () => {
    secrets.length = 0;
    const lent = hex(secret);
    privateKeyFromRaw(type, lent);
    expect(lent).toEqual(hex(secret));
    expect(secrets.map(({ held }) => held.endsWith(secret))).toEqual([true]);
    for (const { memory } of secrets) expect(memory.every((byte) => byte === 0)).toBe(true);
  });
});

describe("the platform's X25519", () => {
  it('returns the only copy of the shared secret', () => {
    secrets.length = 0;
    const [, secret, publicKey] = KNOWN[1];
    const shared = platformX25519.sharedSecretOf(hex(secret), hex(publicKey));
    expect(secrets.map(({ held }) => held)).toContain(Buffer.from(shared).toString('hex'));
    for (const { memory } of secrets) expect(memory.every((byte) => byte === 0)).toBe(true);
    expect(shared.every((byte) => byte === 0)).toBe(false);
  });
});
