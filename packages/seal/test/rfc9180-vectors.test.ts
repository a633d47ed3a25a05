import { createDecipheriv } from 'node:crypto';
import { fromHex, SecretBytes, toHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { nonceOf } from '../src/context-key.ts';
import { dhkemX25519 } from '../src/dhkem-x25519.ts';
import {
  encapsulateTo,
  generateKemKeyPair,
  KemPrivateKey,
  openSealed,
  sealTo,
  setupReceiver,
  setupSender,
} from '../src/index.ts';
import { scheduleMessageKey } from '../src/key-schedule.ts';
import { portableX25519 } from '../src/x25519.ts';
import file from './vectors/rfc9180-x25519-base.json' with { type: 'json' };

const kem = dhkemX25519(portableX25519);
const suite = 'mesh/seal/v1/x25519';
const chaCha20Poly1305 = file.vectors.filter(({ aead_id }) => aead_id === 3);

it('there is a vector of the suite, and one of another suite with its KEM', () => {
  expect(file.vectors).toHaveLength(2);
  expect(chaCha20Poly1305).toHaveLength(1);
});

describe.each(file.vectors)('RFC 9180 $section: DHKEM(X25519, HKDF-SHA256)', (vector) => {
  it('derives both key pairs from their seeds', () => {
    const ephemeral = kem.deriveKeyPair(fromHex(vector.ikmE));
    const recipient = kem.deriveKeyPair(fromHex(vector.ikmR));
    expect([toHex(ephemeral.secret), toHex(ephemeral.publicKey)]).toEqual([vector.skEm, vector.pkEm]);
    expect([toHex(recipient.secret), toHex(recipient.publicKey)]).toEqual([vector.skRm, vector.pkRm]);
  });

  it('encapsulates and decapsulates to the shared secret', () => {
    const { enc, sharedSecret } = kem.encapsulate(fromHex(vector.pkRm), fromHex(vector.ikmE));
    expect([toHex(enc), toHex(sharedSecret)]).toEqual([vector.enc, vector.shared_secret]);
    const decapsulated = kem.decapsulate(enc, fromHex(vector.skRm), fromHex(vector.pkRm));
    expect(toHex(decapsulated)).toBe(vector.shared_secret);
  });
});

it.each(file.vectors)(
  'RFC 9180 $section prints the encryptions of six sequence numbers',
  ({ encryptions }) => {
    expect(encryptions.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 4, 255, 256]);
  },
);

describe.each(file.vectors)('RFC 9180 $section: nonces', (vector) => {
  it.each(vector.encryptions)('number $sequence: the nonce is base_nonce XOR it', ({ sequence, nonce }) => {
    expect(toHex(nonceOf(fromHex(vector.base_nonce), sequence))).toBe(nonce);
  });

  it.each(vector.encryptions)('number $sequence: OpenSSL opens the message under it', (encryption) => {
    const cipher = vector.aead_id === 1 ? 'aes-128-gcm' : 'chacha20-poly1305';
    const ciphertext = fromHex(encryption.ct);
    const options = { authTagLength: 16 };
    const nonce = nonceOf(fromHex(vector.base_nonce), encryption.sequence);
    const opening = createDecipheriv(cipher as 'aes-128-gcm', fromHex(vector.key), nonce, options);
    opening.setAAD(fromHex(encryption.aad));
    opening.setAuthTag(ciphertext.subarray(-16));
    const opened = Buffer.concat([opening.update(ciphertext.subarray(0, -16)), opening.final()]);
    expect(opened.toString('hex')).toBe(vector.pt);
  });
});

describe.each(chaCha20Poly1305)('RFC 9180 $section: HKDF-SHA256, ChaCha20Poly1305, base mode', (vector) => {
  const info = fromHex(vector.info);
  const plaintext = fromHex(vector.pt);
  const { publicKey } = generateKemKeyPair(suite, fromHex(vector.ikmR));
  const encapsulated = () => encapsulateTo({ suite, publicKey, randomness: fromHex(vector.ikmE) });
  const privateKey = () =>
    new KemPrivateKey(suite, fromHex(vector.pkRm), SecretBytes.own(fromHex(vector.skRm)));

  it('schedules the key and the nonce', () => {
    const { key, nonce } = scheduleMessageKey(suite, fromHex(vector.shared_secret), info);
    expect([toHex(key), toHex(nonce)]).toEqual([vector.key, vector.base_nonce]);
  });

  it('a context seals 257 messages; those that the RFC prints are equal byte by byte', () => {
    const context = setupSender(encapsulated(), info);
    expect(toHex(context.enc)).toBe(vector.enc);
    const sealed = Array.from({ length: 257 }, (_, number) =>
      context.seal({ aad: new TextEncoder().encode(`Count-${number}`), plaintext }),
    );
    expect(sealed.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 257 }, (_, number) => number),
    );
    for (const { sequence, ct } of vector.encryptions)
      expect(toHex(sealed[sequence]?.sealed ?? plaintext)).toBe(ct);
  });

  it('a context opens them in any order, with the private key that the RFC prints', () => {
    const context = setupReceiver({ suite, privateKey: privateKey(), enc: fromHex(vector.enc), info });
    for (const { sequence, aad, ct } of vector.encryptions.toReversed())
      expect(toHex(context.open({ sequence, aad: fromHex(aad), sealed: fromHex(ct) }))).toBe(vector.pt);
  });

  it('in one shot it seals and opens the first: enc ‖ ct', () => {
    const [first] = vector.encryptions;
    const aad = fromHex(first?.aad ?? '');
    const randomness = fromHex(vector.ikmE);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness });
    expect(toHex(sealed)).toBe(vector.enc + first?.ct);
    expect(toHex(openSealed({ suite, privateKey: privateKey(), info, aad, sealed }))).toBe(vector.pt);
  });
});
