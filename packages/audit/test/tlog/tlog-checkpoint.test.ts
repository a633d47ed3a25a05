import { encodeBase64 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { openCheckpoint, parseCheckpoint, parseNote, renderCheckpoint, renderNote } from '../../src/index.ts';
import { flipped, rootOf } from '../support/log.ts';
import {
  checkpointText,
  logKey,
  logMlDsaKey,
  mlDsaWitness,
  ORIGIN,
  signedBy,
  stranger,
  strangeWitness,
  TIME,
  witness,
} from '../support/signers.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';

describe('the text of a checkpoint', () => {
  it.each([
    ['the example of the specification', `example.com/behind-the-sofa\n20852163\n${ROOT}\n`, 20_852_163],
    ['an empty tree', `log\n0\n${ROOT}\n`, 0],
    ['an origin with spaces', `a log of ours\n1\n${ROOT}\n`, 1],
    ['extension lines', `log\n1\n${ROOT}\nextra\nmore\n`, 1],
    ['the largest size', `log\n9007199254740991\n${ROOT}\n`, 2 ** 53 - 1],
  ])('with %s', (_, text, size) => {
    const checkpoint = parseCheckpoint(text);
    expect(checkpoint.size).toBe(size);
    expect(encodeBase64(checkpoint.root)).toBe(ROOT);
    expect(renderCheckpoint(checkpoint)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['no root', 'log\n1\n'],
    ['no newline at the end', `log\n1\n${ROOT}`],
    ['an empty origin', `\n1\n${ROOT}\n`],
    ['an empty line', `log\n1\n${ROOT}\n\n`],
    ['an empty line before the extension', `log\n1\n${ROOT}\n\nextra\n`],
    ['a size with a leading zero', `log\n01\n${ROOT}\n`],
    ['a size with a sign', `log\n+1\n${ROOT}\n`],
    ['a negative size', `log\n-1\n${ROOT}\n`],
    ['a size in hex', `log\n0x1\n${ROOT}\n`],
    ['a size with a fraction', `log\n1.0\n${ROOT}\n`],
    ['a size with a space', `log\n1 \n${ROOT}\n`],
    ['a size in other digits', `log\n١\n${ROOT}\n`],
    ['a size of 2^53', `log\n9007199254740992\n${ROOT}\n`],
    ['a size of 2^64', `log\n18446744073709551616\n${ROOT}\n`],
    ['a short root', 'log\n1\nAAAA\n'],
    ['a long root', `log\n1\n${encodeBase64(new Uint8Array(33))}\n`],
    ['a root with stray bits', `log\n1\n${ROOT.replace('q2I=', 'q2J=')}\n`],
    ['a root without padding', `log\n1\n${ROOT.slice(0, -1)}\n`],
  ])('with %s is refused', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(failsWith('invalid_checkpoint'));
  });

  it.each([
    ['an empty origin', { origin: '' }, 'invalid_checkpoint'],
    ['an origin of two lines', { origin: 'a\nb' }, 'invalid_checkpoint'],
    ['an origin with a tab', { origin: 'a\tb' }, 'invalid_checkpoint'],
    ['an origin of half a surrogate', { origin: '\ud800' }, 'invalid_checkpoint'],
    ['an empty extension', { extensions: [''] }, 'invalid_checkpoint'],
    ['a short root', { root: new Uint8Array(31) }, 'wrong_length'],
    ['a size that is none', { size: 0.5, root: rootOf(1) }, 'out_of_range'],
  ])('is not rendered with %s', (_, changes, code) => {
    expect(() => checkpointText(changes)).toThrow(failsWith(code));
  });
});

describe('a signed checkpoint', () => {
  const trust = { origin: ORIGIN, logKeys: [logKey.key], witnessKeys: [witness.key, mlDsaWitness.key] };

  it('is opened by a key of the log, with the cosignatures of known witnesses and their time', () => {
    const note = signedBy([logKey, logMlDsaKey, witness, mlDsaWitness, strangeWitness, stranger]);
    const opened = openCheckpoint(note, trust);
    expect(opened.checkpoint).toEqual({ origin: ORIGIN, size: 7, root: rootOf(7), extensions: [] });
    expect(opened.signatures).toEqual([{ key: logKey.key, timeSeconds: undefined }]);
    expect(opened.cosignatures).toEqual([
      { key: witness.key, timeSeconds: TIME },
      { key: mlDsaWitness.key, timeSeconds: TIME },
    ]);
  });

  it.each([
    ['Ed25519', logKey],
    ['ML-DSA-44', logMlDsaKey],
  ])('is opened by the log’s key of %s alone', (_, key) => {
    const opened = openCheckpoint(signedBy([key]), { origin: ORIGIN, logKeys: [key.key] });
    expect(opened.signatures).toHaveLength(1);
  });

  it('counts one cosignature for each witness, however often its line stands there', () => {
    const { text, signatures } = parseNote(signedBy([logKey, witness]));
    const note = renderNote({ text, signatures: [...signatures, ...signatures] });
    expect(openCheckpoint(note, trust).cosignatures).toHaveLength(1);
  });

  it.each([
    ['nobody known', () => signedBy([stranger])],
    ['witnesses alone', () => signedBy([witness, mlDsaWitness])],
  ])('by %s is refused', (_, note) => {
    expect(() => openCheckpoint(note(), trust)).toThrow(failsWith('unverified_note'));
  });

  it('of another log is refused, although the key is right', () => {
    const note = signedBy([logKey], checkpointText({ origin: 'example.com/other' }));
    expect(() => openCheckpoint(note, trust)).toThrow(failsWith('wrong_origin'));
  });

  it('whose text is no checkpoint is refused, although it is signed', () => {
    expect(() => openCheckpoint(signedBy([logKey], 'any text\n'), trust)).toThrow(
      failsWith('invalid_checkpoint'),
    );
  });

  it('is refused with any single bit of a known signature changed', () => {
    const { text, signatures } = parseNote(signedBy([logKey, witness]));
    for (const [at, line] of signatures.entries())
      for (const signature of flipped(line.signature)) {
        const note = renderNote({ text, signatures: signatures.with(at, { ...line, signature }) });
        expect(() => openCheckpoint(note, trust)).toThrow(failsWith('unverified_note'));
      }
  });

  it('is refused with another size, root or origin under the old signatures', () => {
    const { signatures } = parseNote(signedBy([logKey, witness]));
    for (const text of [
      checkpointText({ size: 8 }),
      checkpointText({ size: 7, root: rootOf(8) }),
      checkpointText({ origin: 'example.com/mesi' }),
      checkpointText({ extensions: ['extra'] }),
      ...[...flipped(rootOf(7))].map((root) => checkpointText({ root })),
    ])
      expect(() => openCheckpoint(renderNote({ text, signatures }), trust)).toThrow(
        failsWith('unverified_note'),
      );
  });

  it('with the id of a key changed by any bit is signed by nobody known', () => {
    const { text, signatures } = parseNote(signedBy([logKey]));
    for (const keyId of flipped(logKey.key.keyId)) {
      const note = renderNote({ text, signatures: signatures.map((line) => ({ ...line, keyId })) });
      expect(() => openCheckpoint(note, trust)).toThrow(failsWith('unverified_note'));
    }
  });

  it('with a forged line under a known name and id is refused, even beside a good one of another key', () => {
    const { text, signatures } = parseNote(signedBy([logKey]));
    const forged = { name: witness.key.name, keyId: witness.key.keyId, signature: new Uint8Array(72) };
    const note = renderNote({ text, signatures: [...signatures, forged] });
    expect(() => openCheckpoint(note, trust)).toThrow(failsWith('unverified_note'));
    expect(openCheckpoint(note, { ...trust, witnessKeys: [] }).cosignatures).toEqual([]);
  });
});
