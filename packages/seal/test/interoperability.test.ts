// Compares with a second implementation that shares no code with this one: the package `hpke` over Node's
// WebCrypto, which uses OpenSSL's X25519, ML-KEM-768 and ChaCha20-Poly1305.
import { copyBytes } from '@mesh/primitives';
import * as hpke from 'hpke';
import { describe, expect, it } from 'vitest';
import {
  generateKemKeyPair,
  openSealed,
  SEAL_SUITES,
  sealTo,
  setupReceiver,
  setupSender,
} from '../src/index.ts';
import { aad, bytes, encapsulated, info, pairOf, randomnessFor } from './samples.ts';

const KEMS = {
  'mesh/seal/v1/x-wing': hpke.KEM_MLKEM768_X25519,
  'mesh/seal/v1/x25519': hpke.KEM_DHKEM_X25519_HKDF_SHA256,
};

describe.each(SEAL_SUITES)('%s against the package hpke', (suite) => {
  const other = new hpke.CipherSuite(KEMS[suite], hpke.KDF_HKDF_SHA256, hpke.AEAD_ChaCha20Poly1305);
  const plaintext = bytes(20_000, 3);

  it('both have keys and messages of the same lengths', () => {
    const { publicKey } = pairOf(suite);
    expect(publicKey).toHaveLength(other.KEM.Npk);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
    expect(sealed).toHaveLength(other.KEM.Nenc + plaintext.length + other.AEAD.Nt);
  });

  it('opens what hpke sealed', async () => {
    const { publicKey, privateKey } = pairOf(suite);
    const imported = await other.DeserializePublicKey(publicKey);
    const { encapsulatedSecret, ciphertext } = await other.Seal(imported, plaintext, { info, aad });
    const sealed = Uint8Array.of(...encapsulatedSecret, ...ciphertext);
    expect(openSealed({ suite, privateKey, info, aad, sealed })).toEqual(plaintext);
  });

  it('seals what hpke opens', async () => {
    const pair = await other.GenerateKeyPair();
    const publicKey = await other.SerializePublicKey(pair.publicKey);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
    const encLength = other.KEM.Nenc;
    const opened = await other.Open(pair, sealed.slice(0, encLength), sealed.slice(encLength), {
      info,
      aad,
    });
    expect(copyBytes(opened)).toEqual(plaintext);
  });

  it('exports private keys that hpke accepts', async () => {
    const { publicKey, privateKey } = generateKemKeyPair(suite, bytes(32, 5));
    const secret = privateKey.use(copyBytes);
    const imported = await other.DeserializePrivateKey(secret, true);
    const sealed = sealTo({ suite, publicKey, info, aad, plaintext, randomness: randomnessFor(suite) });
    const encLength = other.KEM.Nenc;
    const opened = await other.Open(imported, sealed.slice(0, encLength), sealed.slice(encLength), {
      info,
      aad,
    });
    expect(copyBytes(opened)).toEqual(plaintext);
  });

  it('seals in a context what hpke’s context opens, message by message', async () => {
    const pair = await other.GenerateKeyPair();
    const sender = setupSender(encapsulated(suite, await other.SerializePublicKey(pair.publicKey)), info);
    const receiver = await other.SetupRecipient(pair, sender.enc, { info });
    for (let message = 0; message < 5; message++) {
      const { sealed } = sender.seal({ aad, plaintext: bytes(100, message) });
      expect(copyBytes(await receiver.Open(sealed, aad))).toEqual(bytes(100, message));
    }
  });

  it('opens in a context what hpke’s context sealed, the last message first', async () => {
    const { publicKey, privateKey } = pairOf(suite);
    const { encapsulatedSecret: enc, ctx } = await other.SetupSender(
      await other.DeserializePublicKey(publicKey),
      { info },
    );
    const sealed: Uint8Array[] = [];
    for (let message = 0; message < 5; message++) sealed.push(await ctx.Seal(bytes(100, message), aad));
    const receiver = setupReceiver({ suite, privateKey, enc: copyBytes(enc), info });
    for (const sequence of [4, 3, 2, 1, 0])
      expect(receiver.open({ sequence, aad, sealed: copyBytes(sealed[sequence] ?? aad) })).toEqual(
        bytes(100, sequence),
      );
  });
});
