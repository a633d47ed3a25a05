import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  checkEd25519PublicKey,
  concatBytes,
  decodeBase64,
  ed25519PublicKey,
  encodeBase64,
  fromHex,
  signEd25519,
  toHex,
  utf8,
  verifyEd25519,
} from '../src/index.ts';
import { nodeVerify } from './node-ed25519.ts';
import vectors from './vectors/signing.json' with { type: 'json' };

describe('signing.json: canonical text, signing input, key and signature', () => {
  it.each(vectors.cases)('$kind of $body.node_id', (vector) => {
    const canonical = canonicalJson(vector.body);
    expect(canonical).toBe(vector.canonical);
    const input = concatBytes(utf8(`mesh/v1/${vector.kind}\n`), utf8(canonical));
    expect(toHex(input)).toBe(vector.signing_input_hex);
    const seed = fromHex(vector.private_key_seed_hex);
    const publicKey = decodeBase64(vector.public_key, { lengthBytes: 32 });
    expect(ed25519PublicKey(seed)).toEqual(publicKey);
    checkEd25519PublicKey(publicKey);
    expect(encodeBase64(signEd25519(input, seed))).toBe(vector.signature);
    const signature = decodeBase64(vector.signature, { lengthBytes: 64 });
    expect(verifyEd25519(signature, input, publicKey)).toBe(true);
    expect(verifyEd25519(signature, input, publicKey, nodeVerify)).toBe(true);
    const otherKind = concatBytes(utf8('mesh/v1/leave\n'), utf8(canonical));
    expect(verifyEd25519(signature, otherKind, publicKey)).toBe(false);
  });
});
