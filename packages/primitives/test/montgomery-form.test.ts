// An Ed25519 key and the X25519 key of the same secret are found to belong together.

import { montgomeryForm } from '@mesh/primitives';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { expect, it } from 'vitest';

it.each([1, 2, 3])('gives the X25519 key of the secret scalar (%d)', (fill) => {
  const seed = new Uint8Array(32).fill(fill);
  const secret = ed25519.utils.toMontgomerySecret(seed);
  expect(montgomeryForm(ed25519.getPublicKey(seed))).toEqual(x25519.getPublicKey(secret));
});

it.each([
  ['no point', new Uint8Array(32).fill(0xff)],
  ['too short', new Uint8Array(31)],
])('gives nothing for what is %s', (_what, key) => {
  expect(montgomeryForm(key)).toBeUndefined();
});
