import { utf8 } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ed25519SigningKey,
  MAX_SIGNATURES,
  parseNote,
  parseVerifierKey,
  renderNote,
  renderVerifierKey,
  signCheckpoint,
  verifierKey,
  verifySignature,
} from '../../src/index.ts';
import { flipped } from '../support/log.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const seed = Uint8Array.from({ length: 32 }, (_, at) => at);
const signer = ed25519SigningKey('example.com/log', 'ed25519', seed);

/** From the documentation of Go's golang.org/x/mod/sumdb/note. */
const GO = {
  key: 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
  note:
    'If you think cryptography is the answer to your problem,\n' +
    "then you don't know what your problem is.\n\n" +
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
};

describe('a note that Go signed', () => {
  const note = parseNote(GO.note);
  const [signature] = note.signatures;
  const key = parseVerifierKey(GO.key);

  it('verifies by its key', () => {
    expect(signature?.keyId).toEqual(key.keyId);
    expect(verifySignature(signature as never, note.text, key)).toEqual({ key, timeSeconds: undefined });
    expect(renderNote(note)).toBe(GO.note);
    expect(renderVerifierKey(key)).toBe(GO.key);
  });

  it('does not with any single bit of text, signature or key changed', () => {
    const given = signature as NonNullable<typeof signature>;
    for (const text of flipped(utf8(note.text).slice(0, 16)))
      expect(
        verifySignature(given, new TextDecoder('latin1').decode(text) + note.text.slice(16), key),
      ).toBeUndefined();
    for (const bytes of flipped(given.signature))
      expect(verifySignature({ signature: bytes }, note.text, key)).toBeUndefined();
    for (const publicKey of flipped(key.publicKey))
      expect(verifySignature(given, note.text, { ...key, publicKey })).toBeUndefined();
  });
});

describe('a note', () => {
  const line = '— a AAAAAAA=\n';

  it.each([
    ['one signature', `text\n\n${line}`, 'text\n'],
    ['an empty line in the text', `a\n\nb\n\n${line}`, 'a\n\nb\n'],
    ['an empty text', `\n\n${line}`, '\n'],
    ['a line like a signature in the text', `${line}\n${line}`, line],
    ['names of every script', `t\n\n— ключ.example/日本 AAAAAAA=\n`, 't\n'],
  ])('with %s is read', (_, note, text) => {
    expect(parseNote(note).text).toBe(text);
    expect(renderNote(parseNote(note))).toBe(note);
  });

  it.each([
    ['nothing', ''],
    ['no empty line', `text\n${line}`],
    ['no signature', 'text\n\n'],
    ['no newline at the end', `text\n\n${line.trimEnd()}`],
    ['an empty line after the signatures', `text\n\n${line}\n`],
    ['no text', `\n${line}`],
    ['a hyphen for the dash', 'text\n\n- a AAAAAAA=\n'],
    ['no name', 'text\n\n—  AAAAAAA=\n'],
    ['a name with a plus', 'text\n\n— a+b AAAAAAA=\n'],
    ['a name with a space of Unicode', 'text\n\n— a\u00a0b AAAAAAA=\n'],
    ['a name with a line separator', 'text\n\n— a\u2028b AAAAAAA=\n'],
    ['no base64', 'text\n\n— a\n'],
    ['base64 without padding', 'text\n\n— a AAAAAAA\n'],
    ['base64 with stray bits', 'text\n\n— a AAAAAAB=\n'],
    ['base64 for the web', 'text\n\n— a AAAA_AA=\n'],
    ['a key id alone', 'text\n\n— a AAAAAA==\n'],
    ['a word after the signature', 'text\n\n— a AAAAAAA= b\n'],
    ['two spaces', 'text\n\n— a  AAAAAAA=\n'],
    ['a tab', `te\txt\n\n${line}`],
    ['a carriage return', `text\r\n\n${line}`],
    ['a null', `te\0xt\n\n${line}`],
    ['half a surrogate', `te\ud800xt\n\n${line}`],
    ['too many signatures', `text\n\n${line.repeat(MAX_SIGNATURES + 1)}`],
    ['half a million characters', `${'x'.repeat(500_000)}\n\n${line}`],
  ])('with %s is refused', (_, note) => {
    expect(() => parseNote(note)).toThrow(failsWith('invalid_note'));
  });

  it('has up to a hundred signatures', () => {
    expect(parseNote(`text\n\n${line.repeat(MAX_SIGNATURES)}`).signatures).toHaveLength(MAX_SIGNATURES);
  });

  it('is read as what was rendered, or not rendered', () => {
    const signature = fc.record({
      name: fc.string(),
      keyId: fc.uint8Array({ minLength: 4, maxLength: 4 }),
      signature: fc.uint8Array({ minLength: 1 }),
    });
    fc.assert(
      fc.property(fc.string(), fc.array(signature, { minLength: 1, maxLength: 4 }), (text, signatures) => {
        let rendered: string;
        try {
          rendered = renderNote({ text, signatures });
        } catch (error) {
          expect(error).toEqual(failsWith('invalid_note'));
          return;
        }
        expect(parseNote(rendered)).toEqual({ text, signatures });
      }),
    );
  });
});

describe('a verifier key', () => {
  it.each([
    ['nothing', ''],
    ['no id', 'a+AQAA'],
    ['an id in capitals', GO.key.replace('c74f20a3', 'C74F20A3')],
    ['the id of another name', GO.key.replace('PeterNeumann', 'PeterNeumanm')],
    ['the id of another key', GO.key.replace('Wy10TW', 'Wy10TX')],
    ['a name with a space', GO.key.replace('PeterNeumann', 'Peter Neumann')],
    ['an unknown type', 'a+00000000+AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a short key', 'a+00000000+AQAA'],
    ['no base64', 'a+00000000+!'],
    ['a fourth part', `${GO.key}+a`],
  ])('with %s is refused', (_, text) => {
    expect(() => parseVerifierKey(text)).toThrow(failsWith('invalid_verifier_key'));
  });

  it('of a point of small order, or of no point, is refused', () => {
    expect(() => verifierKey('a', 'ed25519', new Uint8Array(32))).toThrow(failsWith('invalid_verifier_key'));
    expect(() => verifierKey('a', 'ed25519-cosignature', new Uint8Array(32).fill(0xff))).toThrow(
      failsWith('invalid_verifier_key'),
    );
  });

  it('has another id for another kind of signature', () => {
    const { publicKey } = signer.key;
    const [plain, cosignature] = [
      verifierKey('a', 'ed25519', publicKey),
      verifierKey('a', 'ed25519-cosignature', publicKey),
    ];
    expect(plain.keyId).not.toEqual(cosignature.keyId);
    for (const key of [plain, cosignature]) expect(parseVerifierKey(renderVerifierKey(key))).toEqual(key);
  });

  it('copies the public key', () => {
    const publicKey = signer.key.publicKey.slice();
    const key = verifierKey('a', 'ed25519', publicKey);
    publicKey.fill(0);
    expect(key.publicKey).toEqual(signer.key.publicKey);
  });
});

it('a plain signature verifies by its own key alone', () => {
  const signature = signCheckpoint(signer, 'any text\n', 0);
  expect(verifySignature(signature, 'any text\n', signer.key)).toBeDefined();
  expect(
    verifySignature(signature, 'any text\n', ed25519SigningKey('b', 'ed25519', seed.toReversed()).key),
  ).toBeUndefined();
});
