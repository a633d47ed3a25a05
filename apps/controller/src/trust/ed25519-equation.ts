// The part of a verification that needs curve arithmetic: whether encode([S]B − [k]A) equals R. What else the
// strict rules of @mesh/primitives demand is checked before (`hasStrictForm`). libsodium computes it in
// little more than half of OpenSSL's time. It is used where it is installed and gives the strict verdict.

import { type KeyObject, verify } from 'node:crypto';
import { publicKeyFromRaw } from '@mesh/host';
import type { Ed25519Verify } from '@mesh/primitives';
import { loadLibsodium } from './libsodium.ts';

const MAX_CACHED = 65_536;

export function createEquationCheck(): Ed25519Verify {
  return loadLibsodium() ?? createOpensslCheck();
}

/** Importing a key costs half as much as a verification, so imported keys are kept. */
export function createOpensslCheck(): Ed25519Verify {
  const keys = new Map<string, KeyObject>();
  const keyOf = (raw: Uint8Array): KeyObject => {
    const name = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
    const known = keys.get(name);
    if (known !== undefined) return known;
    const key = publicKeyFromRaw('ed25519', raw);
    if (keys.size >= MAX_CACHED) keys.clear();
    keys.set(name, key);
    return key;
  };
  return (signature, message, publicKey) => verify(null, message, keyOf(publicKey), signature);
}
