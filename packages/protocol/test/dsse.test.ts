// Envelopes of DSSE v1, by the example of its specification and by another implementation of Ed25519.

import { createPublicKey, verify } from 'node:crypto';
import { ed25519PublicKey, fromHex, signEd25519, utf8 } from '@mesh/primitives';
import { expect, it } from 'vitest';
import { attestationEnvelope, dsseEncoding, signStatement } from '../src/index.ts';

it('the signed bytes are the encoding of DSSE v1', () => {
  // The example of the specification of DSSE (protocol.md).
  const encoded = dsseEncoding('http://example.com/HelloWorld', utf8('hello world'));
  expect(new TextDecoder().decode(encoded)).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  expect(dsseEncoding('é', fromHex('00ff'))).toEqual(Uint8Array.from([...utf8('DSSEv1 2 é 2 '), 0x00, 0xff]));
});

it('a statement is signed so that another implementation verifies it', () => {
  const seed = new Uint8Array(32).fill(5);
  const envelope = signStatement(
    { b: 1, a: 'x' },
    { keyId: 'auditor', sign: (message) => signEd25519(message, seed) },
  );
  expect(attestationEnvelope.parse(envelope)).toEqual(envelope);
  const payload = Buffer.from(envelope.payload, 'base64');
  expect(payload.toString()).toBe('{"a":"x","b":1}');
  const message = Buffer.concat([
    Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `),
    payload,
  ]);
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(ed25519PublicKey(seed)).toString('base64url') },
    format: 'jwk',
  });
  const [signature] = envelope.signatures;
  const bare = Buffer.from(signature?.sig ?? '', 'base64');
  expect(verify(null, message, key, bare)).toBe(true);
  expect(verify(null, Buffer.concat([message, utf8(' ')]), key, bare)).toBe(false);
  expect([envelope.payloadType, signature?.keyid]).toEqual(['application/vnd.in-toto+json', 'auditor']);
});
