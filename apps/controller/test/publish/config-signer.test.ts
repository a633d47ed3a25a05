// Which configs share a signature: those with sealed keys that are ready in one event of the event loop, for
// agents that take batches. All others are signed alone, and wait for nothing.

import { createHash } from 'node:crypto';
import { ed25519PublicKey, encodeBase64, type JsonValue, parseMeshId, signEd25519 } from '@mesh/primitives';
import { answerDigest, MAX_BATCH_SIZE, verifyConfig, verifyMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { ConfigSigner, type UnsignedConfig } from '../../src/publish/config-signer.ts';

const seed = createHash('sha256').update('a test key').digest();
const publicKey = ed25519PublicKey(seed);
const meshId = parseMeshId('demo');

const SEALED = {
  suite: 'mesh/seal/v1/x25519',
  kem_key_id: 'k',
  epoch_id: 1,
  enc: '',
  sequence: 0,
  sealed: '',
};
const UNSEALED = { suite: 'none', current: { epoch_id: 1, psks: {} } };
const config = (n: number, keys: object = { keys: SEALED }) =>
  ({ mesh_id: 'demo', node_id: `node-${n}`, ...keys }) as unknown as UnsignedConfig;

function countingSigner() {
  const signed: Uint8Array[] = [];
  const signer = new ConfigSigner(meshId, (message) => {
    signed.push(message);
    return signEd25519(message, seed);
  });
  return { signer, signed };
}

type Wire = Record<string, JsonValue> & { batch?: { size: number; index: number } };
const parse = (text: string) => JSON.parse(text) as Wire;
const verifies = (wire: Wire) => verifyConfig(wire, publicKey, meshId);

describe('configs with sealed keys', () => {
  it('that are ready in one event share a signature, and each keeps its own content', async () => {
    const { signer, signed } = countingSigner();
    const texts = await Promise.all(
      Array.from({ length: 16 }, async (_, n) => {
        // Some of them are ready a few promises later than others.
        for (let hop = 0; hop < n % 4; hop++) await undefined;
        return { n, ...(await signer.sign(config(n), true)) };
      }),
    );
    expect(signed).toHaveLength(1);
    for (const { n, text, digest } of texts) {
      const { batch, signature: _signature, ...body } = parse(text);
      expect(body).toEqual(config(n));
      expect(batch?.size).toBe(16);
      expect(digest).toEqual(answerDigest('config', parse(text)));
      expect(verifies(parse(text))).toBe(true);
    }
    expect(new Set(texts.map(({ text }) => parse(text).batch?.index)).size).toBe(16);
  });

  it('that are ready in different events do not wait for each other', async () => {
    const { signer, signed } = countingSigner();
    const order: string[] = [];
    const first = Promise.resolve(signer.sign(config(1), true)).then(() => order.push('signed'));
    await new Promise<void>((resolve) => setImmediate(resolve)).then(() => order.push('next event'));
    await first;
    expect(order).toEqual(['signed', 'next event']);
    const alone = parse((await signer.sign(config(2), true)).text);
    expect(alone).not.toHaveProperty('batch');
    expect(verifyMessage('config', alone, publicKey)).toBe(true);
    expect(signed).toHaveLength(2);
  });

  it('of more than 1,024 nodes get a signature for each 1,024', async () => {
    const { signer, signed } = countingSigner();
    const texts = await Promise.all(
      Array.from({ length: MAX_BATCH_SIZE + 1 }, (_, n) => signer.sign(config(n), true)),
    );
    expect(signed).toHaveLength(2);
    for (const at of [0, MAX_BATCH_SIZE - 1, MAX_BATCH_SIZE])
      expect(verifies(parse(texts[at]?.text ?? ''))).toBe(true);
  });

  it('are signed alone if one of them cannot be written, which alone is rejected', async () => {
    const { signer } = countingSigner();
    const unwritable = config(1, { keys: SEALED, reason: '\ud800' });
    const settled = await Promise.allSettled(
      [config(0), unwritable, config(2)].map((c) => signer.sign(c, true)),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    for (const one of settled)
      if (one.status === 'fulfilled') expect(verifies(parse(one.value.text))).toBe(true);
  });

  it('are all rejected if signing fails, and the next ones are signed', async () => {
    let fails = true;
    const signer = new ConfigSigner(meshId, (message) => {
      if (fails) throw new Error('no key');
      return signEd25519(message, seed);
    });
    const failed = await Promise.allSettled([0, 1].map((n) => signer.sign(config(n), true)));
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(verifies(parse((await signer.sign(config(2), true)).text))).toBe(true);
  });
});

describe('is signed alone and at once', () => {
  it.each<[string, object, boolean]>([
    ['a config for an agent that takes no batches', { keys: SEALED }, false],
    ['a config without keys, such as a removal: its hash could be guessed', {}, true],
    ['a config with unsealed keys', { keys: UNSEALED }, true],
  ])('%s', (_what, keys, takesBatches) => {
    const { signer, signed } = countingSigner();
    const signedConfig = signer.sign(config(1, keys), takesBatches);
    if (!('text' in signedConfig)) throw new Error('it waits');
    const { text, digest } = signedConfig;
    expect(digest).toEqual(answerDigest('config', parse(text)));
    expect(signed).toHaveLength(1);
    expect(parse(text)).not.toHaveProperty('batch');
    expect(parse(text)).toEqual({
      ...config(1, keys),
      signature: encodeBase64(signEd25519(signed[0] as Uint8Array, seed)),
    });
    expect(verifyMessage('config', parse(text), publicKey)).toBe(true);
  });
});
