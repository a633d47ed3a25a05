import { utf8 } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { parseTlogProof, proveInclusion, renderTlogProof, verifyTlogProof } from '../../src/index.ts';
import { flipped, leafOf, numbered } from '../support/log.ts';
import { checkpointText, logKey, ORIGIN, signedBy, stranger, witness } from '../support/signers.ts';

const failsWith = (code: string) => expect.objectContaining({ code });
const trust = { origin: ORIGIN, logKeys: [logKey.key], witnessKeys: [witness.key] };
const proof = { index: 3, path: proveInclusion(3, 7, numbered), checkpoint: signedBy([logKey, witness]) };
const text = renderTlogProof(proof);

describe('a proof in a file', () => {
  it('has the form of the specification', () => {
    const lines = text.split('\n');
    expect(lines.slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', 'index 3']);
    expect(lines.slice(2, 5).every((line) => /^[A-Za-z0-9+/]{43}=$/.test(line))).toBe(true);
    expect(lines.slice(5, 8)).toEqual(['', ORIGIN, '7']);
  });

  it.each([
    ['without extra data', proof],
    ['with extra data', { ...proof, extra: utf8('salt') }],
    ['with empty extra data', { ...proof, extra: new Uint8Array(0) }],
    ['of the only leaf', { ...proof, index: 0, path: [] }],
  ])('%s is read as it was written', (_, given) => {
    expect(parseTlogProof(renderTlogProof(given))).toEqual(given);
  });

  it('verifies offline, and says which witnesses have cosigned', () => {
    const { cosignatures, checkpoint } = verifyTlogProof(parseTlogProof(text), leafOf(3), trust);
    expect([checkpoint.size, cosignatures.map(({ key }) => key.name)]).toEqual([7, ['witness.example/w1']]);
  });

  it.each([
    ['another entry', proof, leafOf(4)],
    ['another index', { ...proof, index: 2 }, leafOf(3)],
    ['an index beyond the tree', { ...proof, index: 7 }, leafOf(3)],
    ['a path of another leaf', { ...proof, path: proveInclusion(4, 7, numbered) }, leafOf(3)],
    [
      'a checkpoint of another size',
      { ...proof, checkpoint: signedBy([logKey], checkpointText({ size: 8 })) },
      leafOf(3),
    ],
  ])('with %s is refused', (_, given, leaf) => {
    expect(() => verifyTlogProof(given, leaf, trust)).toThrow(failsWith('invalid_proof'));
  });

  it('is refused with any single bit of its path or its entry changed', () => {
    for (const [at, hash] of proof.path.entries())
      for (const other of flipped(hash))
        expect(() =>
          verifyTlogProof({ ...proof, path: proof.path.with(at, other) }, leafOf(3), trust),
        ).toThrow(failsWith('invalid_proof'));
    for (const leaf of flipped(leafOf(3)))
      expect(() => verifyTlogProof(proof, leaf, trust)).toThrow(failsWith('invalid_proof'));
  });

  it('of a checkpoint that nobody known signed is refused', () => {
    expect(() => verifyTlogProof({ ...proof, checkpoint: signedBy([stranger]) }, leafOf(3), trust)).toThrow(
      failsWith('unverified_note'),
    );
  });

  const hash = text.split('\n')[2] as string;
  it.each([
    ['nothing', ''],
    ['another version', text.replace('@v1', '@v2')],
    ['no index', text.replace('index 3\n', '')],
    ['an index with a leading zero', text.replace('index 3', 'index 03')],
    ['a negative index', text.replace('index 3', 'index -3')],
    ['an index of 2^53', text.replace('index 3', 'index 9007199254740992')],
    ['two spaces', text.replace('index 3', 'index  3')],
    ['extra data that is no base64', text.replace('index 3', 'extra !\nindex 3')],
    ['extra data after the index', text.replace('index 3', 'index 3\nextra AAAA')],
    ['extra data twice', text.replace('index 3', 'extra AAAA\nextra AAAA\nindex 3')],
    ['a short hash', text.replace(hash, 'AAAA')],
    ['a hash without padding', text.replace(hash, hash.slice(0, -1))],
    ['64 hashes', text.replace('index 3\n', `index 3\n${`${hash}\n`.repeat(61)}`)],
    ['no empty line', text.replaceAll('\n\n', '\n')],
    ['a carriage return', text.replace('index 3', 'index 3\r')],
  ])('with %s is refused', (_, other) => {
    expect(other).not.toBe(text);
    expect(() => parseTlogProof(other)).toThrow(failsWith('invalid_proof'));
  });

  it.each([
    ['a negative index', { ...proof, index: -1 }],
    ['a fraction', { ...proof, index: 0.5 }],
    ['64 hashes', { ...proof, path: Array.from({ length: 64 }, () => leafOf(0)) }],
  ])('is not written with %s', (_, given) => {
    expect(() => renderTlogProof(given)).toThrow(failsWith('invalid_proof'));
  });
});
