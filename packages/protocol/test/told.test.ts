// A config of a batch that a node has kept without its body: the path and the signature show that its digest
// was signed, and nothing else passes for it.

import {
  decodeBase64,
  ed25519PublicKey,
  encodeBase64,
  parseMeshId,
  parseNodeId,
  signEd25519,
  toHex,
} from '@mesh/primitives';
import { expect, it } from 'vitest';
import {
  answerDigest,
  type ConfigBatch,
  type KeptAnswer,
  signConfigsWithDigests,
  verifyKept,
} from '../src/index.ts';

const seed = new Uint8Array(32).fill(3);
const meshId = parseMeshId('demo');
const nodeId = parseNodeId('node-1');
const bodies = [0, 1, 2].map((n) => ({ mesh_id: 'demo', node_id: `node-${n}`, keys: { sealed: `${n}` } }));
const signed = signConfigsWithDigests(bodies, meshId, (bytes) => signEd25519(bytes, seed));
const { batch, signature } = JSON.parse(signed[1]?.text ?? '') as { batch: ConfigBatch; signature: string };
const kept: KeptAnswer = {
  kind: 'config',
  sha256: toHex(signed[1]?.digest as Uint8Array),
  version: '1.1',
  epoch_id: 1,
  server_time_ms: 1,
  signed_by: encodeBase64(ed25519PublicKey(seed)),
  signature,
  batch,
};

it('has the digest of the text that its node got', () => {
  for (const { text, digest } of signed)
    expect(answerDigest('config', JSON.parse(text) as object)).toEqual(digest);
});

it('shows that its digest was signed', () => {
  expect(verifyKept(kept, meshId, nodeId)).toBe('digest');
});

const flip = (text: string) => {
  const bytes = decodeBase64(text);
  bytes[0] = (bytes[0] as number) ^ 1;
  return encodeBase64(bytes);
};
it.each<[string, Partial<KeptAnswer>]>([
  ['with the digest of another', { sha256: toHex(signed[0]?.digest as Uint8Array) }],
  ['at another place', { batch: { ...batch, index: 0 } }],
  ['of another size', { batch: { ...batch, size: 4 } }],
  ['with another path', { batch: { ...batch, path: batch.path.map(flip) } }],
  ['with another signature', { signature: flip(signature) }],
  ['with another key', { signed_by: encodeBase64(ed25519PublicKey(new Uint8Array(32).fill(4))) }],
  ['without its place', { batch: undefined }],
  ['as a notice', { kind: 'removal_notice' }],
])('%s shows nothing', (_, changes) => {
  expect(verifyKept({ ...kept, ...changes }, meshId, nodeId)).toBe('nothing');
});

it('of another mesh shows nothing', () => {
  expect(verifyKept(kept, parseMeshId('other'), nodeId)).toBe('nothing');
});
