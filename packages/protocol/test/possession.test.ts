import { createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { encodeBase64Url } from '@mesh/primitives';
import { x25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PossessionClaim, possessionProof } from '../src/index.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const claims: fc.Arbitrary<PossessionClaim> = fc.record({
  sharedSecret: bytes32,
  challengeId: fc.stringMatching(/^[A-Za-z0-9_-]{16,64}$/),
  nodeId: fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/),
  identityKey: bytes32,
  slot: fc.constantFrom('a', 'b'),
  wgPublicKey: bytes32,
});

/** The formula, written with node:crypto. */
function oracle(claim: PossessionClaim): Buffer {
  const lp = (text: string) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(Buffer.byteLength(text));
    return Buffer.concat([length, Buffer.from(text)]);
  };
  return createHmac('sha256', claim.sharedSecret)
    .update(lp('mesh/v1/possession'))
    .update(lp(claim.challengeId))
    .update(lp(claim.nodeId))
    .update(claim.identityKey)
    .update(lp(claim.slot))
    .update(claim.wgPublicKey)
    .digest();
}

describe('possessionProof', () => {
  it('is what node:crypto computes from the formula', () => {
    fc.assert(
      fc.property(claims, (claim) => {
        expect(Buffer.from(possessionProof(claim))).toEqual(oracle(claim));
      }),
    );
  });

  it('both ends agree on it over a real Diffie-Hellman, with node:crypto at the other end', () => {
    const wgPrivate = new Uint8Array(32).fill(5);
    const challengePrivate = new Uint8Array(32).fill(6);
    const wgPublicKey = x25519.getPublicKey(wgPrivate);
    const rest = {
      challengeId: 'AAAAAAAAAAAAAAAA',
      nodeId: 'node-a',
      identityKey: wgPublicKey,
      slot: 'a',
    } as const;
    const ours = x25519.getSharedSecret(wgPrivate, x25519.getPublicKey(challengePrivate));
    const theirs = diffieHellman({
      privateKey: createPrivateKey({ key: jwk(challengePrivate, true), format: 'jwk' }),
      publicKey: createPublicKey({ key: jwk(wgPrivate, false), format: 'jwk' }),
    });
    expect(possessionProof({ ...rest, wgPublicKey, sharedSecret: ours })).toEqual(
      possessionProof({ ...rest, wgPublicKey, sharedSecret: new Uint8Array(theirs) }),
    );
  });

  it('changes with every part of the claim', () => {
    const [claim] = fc.sample(claims, { numRuns: 1, seed: 7 }) as [PossessionClaim];
    const other = new Uint8Array(32).fill(1);
    const changes: Partial<PossessionClaim>[] = [
      {},
      { sharedSecret: other },
      { challengeId: `${claim.challengeId}x` },
      { nodeId: `${claim.nodeId}x` },
      { identityKey: other },
      { slot: claim.slot === 'a' ? 'b' : 'a' },
      { wgPublicKey: other },
    ];
    const proofs = changes.map((change) =>
      Buffer.from(possessionProof({ ...claim, ...change })).toString('hex'),
    );
    expect(new Set(proofs).size).toBe(changes.length);
  });

  it.each(['sharedSecret', 'identityKey', 'wgPublicKey'] as const)(
    'a %s of another length is refused',
    (name) => {
      const [claim] = fc.sample(claims, { numRuns: 1, seed: 7 }) as [PossessionClaim];
      for (const length of [0, 31, 33])
        expect(() => possessionProof({ ...claim, [name]: new Uint8Array(length) })).toThrow(
          expect.objectContaining({ code: 'wrong_length' }),
        );
    },
  );
});

function jwk(privateKey: Uint8Array, withPrivate: boolean) {
  const x = encodeBase64Url(x25519.getPublicKey(privateKey));
  return { kty: 'OKP', crv: 'X25519', x, ...(withPrivate ? { d: encodeBase64Url(privateKey) } : {}) };
}
