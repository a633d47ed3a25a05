// The platform's X25519 against RFC 7748.

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { platformX25519 } from '../src/index.ts';

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

describe("the platform's X25519", () => {
  it('gives the result of RFC 7748, section 5.2, for a scalar that is not clamped', () => {
    const scalar = hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
    const u = hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
    expect(platformX25519.sharedSecretOf(scalar, u)).toEqual(
      hex('c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552'),
    );
  });

  it('gives both sides the same secret', () => {
    const [one, other] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];
    const shared = platformX25519.sharedSecretOf(one, platformX25519.publicKeyOf(other));
    expect(platformX25519.sharedSecretOf(other, platformX25519.publicKeyOf(one))).toEqual(shared);
    expect(shared).not.toEqual(new Uint8Array(32));
  });

  it('throws for a point of low order, and does not change the lent secret', () => {
    const secret = new Uint8Array(32).fill(7);
    expect(() => platformX25519.sharedSecretOf(secret, new Uint8Array(32))).toThrow();
    expect(secret).toEqual(new Uint8Array(32).fill(7));
  });
});
