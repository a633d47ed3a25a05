// Entries are verified against a real log: signed and proven, and then changed by hand.

import {
  ed25519SigningKey,
  leafHash,
  proveInclusion,
  rangeRoot,
  renderCheckpoint,
  renderNote,
  renderTlogProof,
  renderVerifierKey,
  signCheckpoint,
  subtreesOver,
} from '@mesh/audit';
import { canonicalJson, utf8 } from '@mesh/primitives';
import { expect, it } from 'vitest';
import { judge } from '../../src/node/verify-entry.ts';

const ORIGIN = 'example.com/mesh';
const SIZE = 5;
const INDEX = 3;
const entryOf = (index: number) => ({
  v: 1,
  index,
  type: 'node_denied',
  data: { reason: `number ${index}` },
});
const read = subtreesOver((index) => leafHash(utf8(canonicalJson(entryOf(index)))));
const own = ed25519SigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(1));
const other = ed25519SigningKey(ORIGIN, 'ed25519', new Uint8Array(32).fill(2));
const keys = [renderVerifierKey(own.key)];
const identity = { origin: ORIGIN, verifier_keys: keys };

function proofOf(index: number, signer = own): string {
  const text = renderCheckpoint({
    origin: ORIGIN,
    size: SIZE,
    root: rangeRoot(0, SIZE, read),
    extensions: [],
  });
  const checkpoint = renderNote({ text, signatures: [signCheckpoint(signer, text, 0)] });
  return renderTlogProof({ index, path: proveInclusion(index, SIZE, read), checkpoint });
}

it('an entry of the log is verified, with what was revealed beside it', () => {
  const entry = { ...entryOf(INDEX), revealed: { overall: 0.9 } };
  expect(judge(INDEX, entry, proofOf(INDEX), identity, keys)).toEqual({
    kind: 'verified',
    sentence: 'verified here: in the signed head of 5 entries, one signature',
  });
});

it.each([
  ['another text', { ...entryOf(INDEX), data: { reason: 'a lie' } }, proofOf(INDEX), keys],
  ['a field more', { ...entryOf(INDEX), more: 1 }, proofOf(INDEX), keys],
  ['the proof of another entry', entryOf(INDEX), proofOf(INDEX + 1), keys],
  ['a head that another key has signed', entryOf(INDEX), proofOf(INDEX, other), keys],
  ['a key that this browser does not know', entryOf(INDEX), proofOf(INDEX), [renderVerifierKey(other.key)]],
  ['no proof', entryOf(INDEX), 'nothing', keys],
])('%s is refused', (_name, entry, proof, known) => {
  const { kind, sentence } = judge(INDEX, entry, proof, identity, known);
  expect(kind).toBe('refused');
  expect(sentence).toMatch(/^NOT verified: ./);
});
