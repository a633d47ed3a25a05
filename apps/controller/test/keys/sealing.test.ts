// Keys are sealed to the key that the node sent last, and to no other; who sends none gets none.

import { encodeBase64 } from '@mesh/primitives';
import { type ConfigAnswer, isDelta, type SealedKeys } from '@mesh/protocol';
import { DEFAULT_SUITE, SEAL_SUITES, type SealSuite } from '@mesh/seal';
import { describe, expect, it, vi } from 'vitest';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import { enrolTestNode, freezeNextEpoch, openKeys, openNextEpoch, type TestNode } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const SEALED_ONLY = { insecure_unsealed_keys: false };
const sealedMesh = (names: readonly string[], suite: SealSuite = DEFAULT_SUITE) =>
  runningMesh(names, SEALED_ONLY, suite);

/** A full config as it came. */
async function received(node: TestNode): Promise<ConfigAnswer> {
  const answer = await node.client.config({ instanceId: node.instanceId });
  if (answer === undefined || isDelta(answer.body)) throw new Error('a full config was to come');
  return answer.body;
}

function sealedIn({ keys }: ConfigAnswer): SealedKeys {
  if (keys === undefined || keys.suite === 'none') throw new Error('nothing in it is sealed');
  return keys;
}

describe.each(SEAL_SUITES)('keys sealed by %s', (suite) => {
  it('open at both ends of a pair, and are the same', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b'], suite);
    const [a, b] = [await received(mesh.node('node-a')), await received(mesh.node('node-b'))];
    expect(a.keys).toMatchObject({ suite, kem_key_id: mesh.node('node-a').kems[0]?.privateKey.keyId });
    expect(Object.keys(a.keys ?? {}).sort()).toEqual([
      'enc',
      'epoch_id',
      'kem_key_id',
      'sealed',
      'sequence',
      'suite',
    ]);
    const [atA, atB] = [await fullConfig(mesh.node('node-a')), await fullConfig(mesh.node('node-b'))];
    const psk = Object.values(atA.keys?.current?.psks ?? {})[0];
    expect(psk).toHaveLength(44);
    expect(Object.values(atB.keys?.current?.psks ?? {})[0]).toBe(psk);
    expect(JSON.stringify([a, b])).not.toContain(psk);
  });
});

describe('sealed keys', () => {
  it('do not open for another node, nor in another version, and never twice to the same bytes', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b']);
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const config = await received(a);
    const keyOf = (node: TestNode) => {
      const kem = node.kems.at(-1);
      if (kem === undefined) throw new Error('it has no key');
      return kem.privateKey;
    };
    expect(openKeys(config, keyOf(a))).toContain('"node-b"');
    expect(() => openKeys(config, keyOf(b))).toThrow('cannot be opened');
    expect(() => openKeys({ ...config, version: '999.999' }, keyOf(a))).toThrow('cannot be opened');
    expect(() => openKeys({ ...config, node_id: b.nodeId as never }, keyOf(a))).toThrow('cannot be opened');
    const again = await received(a);
    expect(sealedIn(again).sealed).not.toBe(sealedIn(config).sealed);
  });

  it('share an encapsulation in one epoch, each with a number of its own; the next epoch and a new key have others', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    const [one, two] = [sealedIn(await received(node)), sealedIn(await received(node))];
    expect(two).toMatchObject({ enc: one.enc, epoch_id: one.epoch_id, sequence: one.sequence + 1 });
    // With two epochs inside it is the older one's: it goes when that is over.
    await freezeNextEpoch(mesh.controller);
    const both = await received(node);
    expect((await fullConfig(node)).keys?.next?.epoch_id).toBe(one.epoch_id + 1);
    expect(sealedIn(both)).toMatchObject({
      enc: one.enc,
      epoch_id: one.epoch_id,
      sequence: two.sequence + 1,
    });
    const kem = node.kems[0]?.privateKey;
    expect(kem && openKeys(both, kem)).toContain('"next"');
    for (const each of Object.values(mesh.nodes)) await each.submit(0.9);
    await openNextEpoch(mesh.controller);
    const later = sealedIn(await received(node));
    expect([later.epoch_id > one.epoch_id, later.enc === one.enc]).toEqual([true, false]);
    node.renewKem();
    await node.submit(0.9);
    const renewed = sealedIn(await received(node));
    expect([renewed.epoch_id, renewed.sequence, renewed.enc === later.enc]).toEqual([
      later.epoch_id,
      0,
      false,
    ]);
  });

  it('of one answer do not open with the number, the encapsulation or the epoch of another', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    const privateKey = node.kems[0]?.privateKey as NonNullable<(typeof node.kems)[0]>['privateKey'];
    const config = await received(node);
    const keys = sealedIn(config);
    const other = sealedIn(await received(mesh.node('node-b')));
    expect(openKeys(config, privateKey)).toContain('"node-b"');
    for (const changes of [
      { sequence: keys.sequence + 1 },
      { enc: other.enc },
      { epoch_id: keys.epoch_id + 1 },
      { epoch_id: keys.epoch_id - 1 },
    ]) {
      const changed = { ...config, keys: { ...keys, ...changes } as SealedKeys };
      expect(() => openKeys(changed, privateKey)).toThrow('cannot be opened');
    }
  });

  it('follow the newest accepted key, without waking anybody for it', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    const { version } = await fullConfig(node);
    node.renewKem();
    await node.submit(0.9);
    // What it has opened stays good: no change of its config.
    expect(await node.config({ version })).toBeUndefined();
    expect((await received(node)).keys).toMatchObject({ kem_key_id: node.kems[1]?.privateKey.keyId });
  });

  it('go on after the controller was started again, to the same key', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    await mesh.controller.restart();
    for (const one of Object.values(mesh.nodes)) one.reconnect();
    const keys = (await fullConfig(node)).keys;
    expect(Object.keys(keys?.next?.psks ?? {})).toEqual(['node-b']);
    expect((await received(node)).keys).toMatchObject({ kem_key_id: node.kems[0]?.privateKey.keyId });
  });

  it('of a denial: nothing is sealed on its path', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b', 'node-c']);
    const { version } = await fullConfig(mesh.node('node-a'));
    const query = mesh.node('node-a').config({ version, waitSeconds: 25 });
    await untilWaiting(mesh);
    const seal = vi.spyOn(PskDeriver.prototype, 'seal');
    const prepare = vi.spyOn(PskDeriver.prototype, 'prepare');
    try {
      await mesh.node('node-c').submit(0.2);
      expect(asDelta(await query)).toMatchObject({ removed: ['node-c'], added: [] });
      expect((await received(mesh.node('node-c'))).keys).toBeUndefined();
      expect(seal).not.toHaveBeenCalled();
      expect(prepare).not.toHaveBeenCalled();
      await received(mesh.node('node-a'));
      expect(seal).toHaveBeenCalledOnce();
    } finally {
      seal.mockRestore();
      prepare.mockRestore();
    }
  });
});

describe('a node that sends no key to seal to', () => {
  it('gets its config without keys, and with them as soon as it sends one', async () => {
    await using mesh = await sealedMesh(['node-a', 'node-b']);
    const node = await enrolTestNode(mesh.controller, 'node-n');
    await node.submit(0.9);
    for (const other of Object.values(mesh.nodes)) await other.submit(0.9);
    await openNextEpoch(mesh.controller);
    const bare = await fullConfig(node);
    expect([bare.allowed, bare.peers.length, bare.keys]).toEqual([true, 2, undefined]);
    const query = node.config({ version: bare.version, waitSeconds: 25 });
    await untilWaiting(mesh);
    node.renewKem();
    await node.submit(0.9);
    expect(Object.keys((await query)?.body.keys?.current?.psks ?? {}).sort()).toEqual(['node-a', 'node-b']);
    node.close();
  });

  it('gets them in the clear where the operator allows it', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { insecure_unsealed_keys: true });
    expect((await received(mesh.node('node-a'))).keys).toMatchObject({ suite: 'none' });
  });
});

describe('a key that nobody can seal to', () => {
  it.each([
    ['of a suite of the future', `mesh/seal/v9/x-wing:${encodeBase64(new Uint8Array(1216))}`],
    ['too short', `mesh/seal/v1/x-wing:${encodeBase64(new Uint8Array(1215))}`],
    ['of low order', `mesh/seal/v1/x25519:${encodeBase64(new Uint8Array(32))}`],
    ['that is no key at all', encodeBase64(new Uint8Array(32))],
  ])('%s is refused, and nothing changes', async (_what, kem_public_key) => {
    await using mesh = await sealedMesh(['node-a']);
    const node = mesh.node('node-a');
    const { view } = mesh.controller.running.services;
    const before = view.node('node-a');
    expect((await problemOf(node.submit(0.9, { kem_public_key }))).code).toBe('invalid_message');
    expect(view.node('node-a')).toBe(before);
  });
});
