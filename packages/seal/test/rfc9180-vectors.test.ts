import { fromHex, SecretBytes, toHex } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { dhkemX25519 } from '../src/dhkem-x25519.ts';
import { generateKemKeyPair, KemPrivateKey, openSealed, sealTo } from '../src/index.ts';
import { scheduleMessageKey } from '../src/key-schedule.ts';
import { portableX25519 } from '../src/x25519.ts';
import file from './vectors/rfc9180-x25519-base.json' with { type: 'json' };

const kem = dhkemX25519(portableX25519);
const suite = 'mesh/seal/v1/x25519';
const chaCha20Poly1305 = file.vectors.filter(({ aead_id }) => aead_id === 3);

it('there is a vector of the suite, and one of another for its KEM', () => {
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

describe.each(chaCha20Poly1305)('RFC 9180 $section: HKDF-SHA256, ChaCha20Poly1305, base mode', (vector) => {
  const inputs = { suite, info: fromHex(vector.info), aad: fromHex(vector.aad) } as const;

  it('schedules the key and the nonce', () => {
    const { key, nonce } = scheduleMessageKey(suite, fromHex(vector.shared_secret), inputs.info);
    expect([toHex(key), toHex(nonce)]).toEqual([vector.key, vector.base_nonce]);
  });

  it('seals the first message to enc ‖ ct, byte by byte', () => {
    const { publicKey } = generateKemKeyPair(suite, fromHex(vector.ikmR));
    const plaintext = fromHex(vector.pt);
    const sealed = sealTo({ ...inputs, publicKey, plaintext, randomness: fromHex(vector.ikmE) });
    expect(toHex(sealed)).toBe(vector.enc + vector.ct);
  });

  it('opens it with the private key as the RFC prints it', () => {
    const privateKey = new KemPrivateKey(suite, fromHex(vector.pkRm), SecretBytes.own(fromHex(vector.skRm)));
    const sealed = fromHex(vector.enc + vector.ct);
    expect(toHex(openSealed({ ...inputs, privateKey, sealed }))).toBe(vector.pt);
  });
});
