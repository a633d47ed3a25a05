// Every class of cases that Project Wycheproof has for Ed25519, with cases of our own.

import { describe, expect, it } from 'vitest';
import { verifyEd25519 } from '../src/index.ts';
import { ED25519_CLASSES, ED25519_FLAGS } from './ed25519-classes.ts';
import { nodeVerify } from './node-ed25519.ts';

it.each(ED25519_FLAGS)('%s has cases', (flag) => {
  expect(ED25519_CLASSES.filter((one) => one.flag === flag).length).toBeGreaterThanOrEqual(3);
});

describe.each([
  ['portable', undefined],
  ['node:crypto', nodeVerify],
] as const)('%s', (_name, backend) => {
  it.each(ED25519_CLASSES)('$flag: $name: $verifies', ({ signature, message, publicKey, verifies }) => {
    expect(verifyEd25519(signature, message, publicKey, backend)).toBe(verifies);
  });
});
