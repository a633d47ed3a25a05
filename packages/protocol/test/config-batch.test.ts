// One signature for several configs. Whatever is changed about a config, its place or its path, it is
// refused; and no signature, hash or place stands for another.

import { createHash, hash } from 'node:crypto';
import {
  concatBytes,
  decodeBase64,
  ed25519PublicKey,
  encodeBase64,
  type JsonValue,
  type MeshId,
  parseMeshId,
  signEd25519,
} from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { nodeVerify } from '../../primitives/test/node-ed25519.ts';
import {
  batchTree,
  type ConfigBatch,
  MAX_BATCH_SIZE,
  signConfig,
  signConfigs,
  signingInput,
  signMessage,
  verifyConfig,
  verifyMessage,
} from '../src/index.ts';

const seed = createHash('sha256').update('a test key').digest();
const publicKey = ed25519PublicKey(seed);
const meshId = parseMeshId('demo');
const nodeSha256 = (message: Uint8Array) => new Uint8Array(hash('sha256', message, 'buffer'));
const sign = (message: Uint8Array) => signEd25519(message, seed);
const bodyOf = (n: number) => ({ node_id: `node-${n}`, mesh_id: 'demo', peers: [{ b: n, a: 'é' }] });
const bodies = (size: number) => Array.from({ length: size }, (_, at) => bodyOf(at));

interface Signed {
  readonly [name: string]: JsonValue;
  readonly batch: ConfigBatch & { [name: string]: JsonValue };
  readonly signature: string;
}
const signedBatch = (size: number, mesh: MeshId = meshId) =>
  signConfigs(bodies(size), mesh, sign, nodeSha256).map((text) => JSON.parse(text) as Signed);
const verifies = (body: object, mesh: MeshId = meshId) =>
  verifyConfig(body, publicKey, mesh, nodeVerify, nodeSha256);

/** Every value that differs from the base64 text by one bit of the bytes. */
function* withOneBitChanged(text: string): Generator<string> {
  const bytes = decodeBase64(text);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    yield encodeBase64(changed);
  }
}

describe('signing together', () => {
  it.each(Array.from({ length: 69 }, (_, at) => at + 2))(
    '%i configs: each verifies, with its place',
    (size) => {
      for (const [index, { batch, signature, ...body }] of signedBatch(size).entries()) {
        expect(body).toEqual(bodyOf(index));
        expect(batch).toMatchObject({ size, index });
        expect(verifies({ ...body, batch, signature })).toBe(true);
      }
    },
  );

  it('the portable hash and verification give the same', () => {
    expect(signConfigs(bodies(5), meshId, sign)).toEqual(signConfigs(bodies(5), meshId, sign, nodeSha256));
    for (const signed of signedBatch(5)) expect(verifyConfig(signed, publicKey, meshId)).toBe(true);
  });

  it('all configs of a batch carry one signature', () => {
    let count = 0;
    const counting = (message: Uint8Array) => {
      count += 1;
      return sign(message);
    };
    const signed = signConfigs(bodies(40), meshId, counting).map((text) => JSON.parse(text) as Signed);
    expect(count).toBe(1);
    expect(new Set(signed.map(({ signature }) => signature)).size).toBe(1);
  });

  it('a single config is signed alone, as signMessage does it', () => {
    const [text = ''] = signConfigs(bodies(1), meshId, sign);
    expect(JSON.parse(text)).toEqual(signMessage('config', bodyOf(0), seed));
    expect(text).toBe(signConfig(bodyOf(0), sign));
    expect(verifies(JSON.parse(text))).toBe(true);
  });

  it('nothing but a plain object is signed, alone or with others', () => {
    for (const other of [[], [bodyOf(0)], new Map()] as never[]) {
      expect(() => signConfig(other, sign)).toThrow(/plain object/);
      expect(() => signConfigs([bodyOf(0), other], meshId, sign)).toThrow(/plain object/);
    }
  });

  it('1,024 configs are the most', () => {
    const most = signedBatch(MAX_BATCH_SIZE);
    for (const at of [0, 511, 512, 1023]) expect(verifies(most[at] as Signed)).toBe(true);
    expect(() => signConfigs(bodies(MAX_BATCH_SIZE + 1), meshId, sign)).toThrow(RangeError);
    expect(() => signConfigs([], meshId, sign)).toThrow(RangeError);
  });
});

describe('a changed config of a batch is refused', () => {
  const batch = signedBatch(7);
  const good = batch[4] as Signed;
  const placed = (changes: object) => verifies({ ...good, batch: { ...good.batch, ...changes } });

  it('the unchanged one verifies', () => {
    expect(verifies(good)).toBe(true);
    expect(placed({})).toBe(true);
  });

  it('any bit of the path', () => {
    for (const [at, text] of good.batch.path.entries())
      for (const other of withOneBitChanged(text))
        expect(placed({ path: good.batch.path.with(at, other) })).toBe(false);
  });

  it('any bit of the signature', () => {
    for (const signature of withOneBitChanged(good.signature))
      expect(verifies({ ...good, signature })).toBe(false);
  });

  it('any other size or index', () => {
    for (let size = -1; size < 40; size++) expect(placed({ size })).toBe(size === 7);
    for (let index = -1; index < 40; index++) expect(placed({ index })).toBe(index === 4);
  });

  it('another body, another place, another signature', () => {
    for (const [at, other] of batch.entries()) {
      if (at === 4) continue;
      expect(verifies({ ...other, batch: good.batch })).toBe(false);
      expect(placed({ path: other.batch.path })).toBe(false);
    }
    for (const changed of [
      { node_id: 'node-5' },
      { more: 1 },
      { peers: [] },
      { peers: [{ b: '4', a: 'é' }] },
    ])
      expect(verifies({ ...good, ...changed })).toBe(false);
    expect(verifies({ ...good, signature: signedBatch(8)[4]?.signature ?? '' })).toBe(false);
  });

  it('a path in another order, too short, too long, or of other lengths', () => {
    const { path } = good.batch;
    expect(path).toHaveLength(3);
    expect(placed({ path: path.toReversed() })).toBe(false);
    expect(placed({ path: path.slice(1) })).toBe(false);
    expect(placed({ path: path.slice(0, -1) })).toBe(false);
    expect(placed({ path: [] })).toBe(false);
    for (const hash of path) expect(placed({ path: [...path, hash] })).toBe(false);
    expect(placed({ path: path.with(0, encodeBase64(new Uint8Array(31))) })).toBe(false);
    expect(placed({ path: Array.from({ length: 11 }, () => path[0]) })).toBe(false);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['a list', []],
    ['a text', 'batch'],
    ['an empty object', {}],
    ['a size that is a text', { ...good.batch, size: '7' }],
    ['a fraction as index', { ...good.batch, index: 4.5 }],
    ['no path', { size: 7, index: 4 }],
    ['one more field', { ...good.batch, root: good.batch.path[0] }],
    ['a size of more than 1,024', { ...good.batch, size: 1025 }],
  ])('%s as batch', (_what, value) => {
    expect(verifies({ ...good, batch: value })).toBe(false);
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', [good]],
    ['an inherited config', Object.create(good)],
    ['a lone surrogate', { ...good, reason: '\ud800' }],
    ['undefined as a value', { ...good, reason: undefined }],
    ['no signature', { ...good, signature: undefined }],
    ['an empty signature', { ...good, signature: '' }],
  ])('%s as config', (_what, value) => {
    expect(verifies(value as object)).toBe(false);
  });

  it('another key', () => {
    const other = ed25519PublicKey(createHash('sha256').update('another').digest());
    expect(verifyConfig(good, other, meshId)).toBe(false);
  });

  it('another mesh', () => {
    expect(verifies(good, parseMeshId('other'))).toBe(false);
    const [foreign] = signedBatch(7, parseMeshId('other')) as [Signed];
    expect(verifies(foreign)).toBe(false);
    expect(verifies(foreign, parseMeshId('other'))).toBe(true);
  });
});

describe('no signature stands for another', () => {
  const [first] = signedBatch(2) as [Signed];
  const { batch, signature, ...body } = first;

  it('the signature of a batch is none of a config alone', () => {
    expect(verifies({ ...body, signature })).toBe(false);
    expect(verifyMessage('config', first, publicKey)).toBe(false);
  });

  it('the signature of a config is none of a batch', () => {
    const alone = signMessage('config', body, seed);
    expect(verifies(alone)).toBe(true);
    expect(verifies({ ...alone, batch })).toBe(false);
  });

  it('what a batch states, signed as a config, is none of a batch', () => {
    const leaf = (n: number) => nodeSha256(concatBytes(Uint8Array.of(0), signingInput('config', bodyOf(n))));
    const root = encodeBase64(batchTree([leaf(0), leaf(1)]).root);
    const statement = { mesh_id: meshId, root, size: 2 };
    const signedAs = (kind: 'config' | 'config_batch') => signMessage(kind, statement, seed).signature;
    expect(verifies({ ...body, batch, signature: signedAs('config_batch') })).toBe(true);
    expect(verifies({ ...body, batch, signature: signedAs('config') })).toBe(false);
  });

  it('the batch itself is not a signed part of the body', () => {
    expect(verifies(signMessage('config', { ...body, batch }, seed))).toBe(false);
  });

  it('a leaf is no inner node: a tree of two does not pass for the inner node of four', () => {
    const leaf = (n: number, prefix = 0) =>
      nodeSha256(concatBytes(Uint8Array.of(prefix), signingInput('config', bodyOf(n))));
    const path = [leaf(1)];
    const placeOf = (leaves: Uint8Array[]) => {
      const root = encodeBase64(batchTree(leaves).root);
      const statement = { mesh_id: meshId, root, size: leaves.length };
      return {
        ...body,
        batch: { size: leaves.length, index: 0, path: path.map((hash) => encodeBase64(hash)) },
        signature: signMessage('config_batch', statement, seed).signature,
      };
    };
    expect(verifies(placeOf([leaf(0), leaf(1)]))).toBe(true);
    // Hashed as inner nodes are, or without a first byte, the same body is no leaf.
    expect(verifies(placeOf([leaf(0, 1), leaf(1)]))).toBe(false);
    expect(verifies(placeOf([nodeSha256(signingInput('config', bodyOf(0))), leaf(1)]))).toBe(false);
  });
});
