// Strict rotation: each epoch's pair keys derive from the WireGuard keys of its slot, and configs name both
// slots of a peer.

import type { EpochRecord, NodeRecord } from '@mesh/membership';
import { endpointOf, peerView } from '@mesh/membership';
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import type { Rotation } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mesh } from '../../../../packages/membership/test/support/mesh.ts';
import { deriveKeys, type HeldEpochs } from '../../src/keys/derive-keys.ts';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import { controllerConfig, policyOf } from '../../src/settings/config.ts';
import { fullConfig, runningMesh } from '../support/running-mesh.ts';

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
const record = (name: string, byte: number, withB = true): NodeRecord => ({
  ...new Mesh().enrol(name),
  nodeId: parseNodeId(name),
  wgPublicKeys: withB ? { a: key(byte), b: key(byte + 100) } : { a: key(byte) },
  endpoint: { listen_ports: withB ? { a: 51_820, b: 51_830 } : { a: 51_820 }, advertise: ['192.0.2.1'] },
  admittedSince: 1 as NodeRecord['admittedSince'],
});
const epoch = (id: number): EpochRecord => ({
  epochId: id as EpochRecord['epochId'],
  activateAtMs: id * 60_000,
  commitment: '',
});

describe('the keys of an epoch in strict rotation', () => {
  let deriver: PskDeriver;
  const [one, other, old] = [record('one', 1), record('other', 2), record('old', 3, false)];
  beforeAll(async () => {
    deriver = new PskDeriver(() => undefined);
    for (const id of [4, 5]) await deriver.open(parseMeshId('mesh'), epoch(id).epochId);
  });
  afterAll(() => deriver.close());

  /** The unsealed keys, so that they can be compared. */
  const keysOf = async (
    rotation: Rotation,
    self: NodeRecord,
    peers: readonly NodeRecord[],
    epochs: HeldEpochs,
  ) => {
    const delivery = { meshId: parseMeshId('mesh'), deriver, insecureUnsealedKeys: true, rotation };
    const keys = await deriveKeys(delivery, self, peers, epochs, '5.1');
    if (keys?.suite !== 'none') throw new Error('unsealed keys were to come');
    return keys;
  };
  const pskOf = async (id: number, slot: 'a' | 'b') => {
    const end = (node: NodeRecord) => ({ nodeId: node.nodeId, publicKey: node.wgPublicKeys[slot] ?? '' });
    return Buffer.from(await deriver.derive(epoch(id).epochId, end(one), [end(other)])).toString('base64');
  };

  it('derive from slot a’s keys in an even epoch and from slot b’s in an odd one, at both ends', async () => {
    const epochs = { current: epoch(4), next: epoch(5) };
    for (const [self, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      const keys = await keysOf('strict', self, [peer], epochs);
      expect(keys.current?.psks[peer.nodeId]).toBe(await pskOf(4, 'a'));
      expect(keys.next?.psks[peer.nodeId]).toBe(await pskOf(5, 'b'));
    }
  });

  it('always derive from slot a’s keys with rotation in place', async () => {
    const epochs = { current: undefined, next: epoch(5) };
    const keys = await keysOf('in_place', one, [other], epochs);
    expect(keys.next?.psks[other.nodeId]).toBe(await pskOf(5, 'a'));
    expect(await pskOf(5, 'a')).not.toBe(await pskOf(5, 'b'));
  });

  it('leave out nodes without a key in the slot', async () => {
    const epochs = { current: epoch(4), next: epoch(5) };
    const keys = await keysOf('strict', one, [old, other], epochs);
    expect(Object.keys(keys.current?.psks ?? {}).sort()).toEqual(['old', 'other']);
    expect(Object.keys(keys.next?.psks ?? {})).toEqual(['other']);
    const theirs = await keysOf('strict', old, [one, other], epochs);
    expect(theirs.next?.psks).toEqual({});
  });

  it('come with the endpoint of each slot', () => {
    expect(endpointOf(one, [], 'b')).toBe('192.0.2.1:51830');
    expect(peerView(one, undefined, [])).toMatchObject({
      endpoint: '192.0.2.1:51820',
      endpoint_b: '192.0.2.1:51830',
    });
    expect(peerView(old, undefined, [])).not.toHaveProperty('endpoint_b');
    expect(endpointOf(old, [], 'b')).toBeNull();
  });
});

describe('the setting', () => {
  it('is in place by default, and published with the lead', async () => {
    await using mesh = await runningMesh(['node-a']);
    expect(await fullConfig(mesh.node('node-a'))).toMatchObject({ rotation: 'in_place', lead_ms: 5_000 });
  });

  it('strict is published with its longer lead', async () => {
    await using mesh = await runningMesh(['node-a'], { rotation: 'strict' });
    expect(await fullConfig(mesh.node('node-a'))).toMatchObject({ rotation: 'strict', lead_ms: 20_000 });
  });

  it.each([
    ['strict', 3.999, true],
    ['strict', 4, false],
    ['in_place', 1, false],
  ] as const)('%s with epochs of %d s: refused is %s', (rotation, epoch_seconds, isRefused) => {
    const check = () => policyOf(controllerConfig.parse({ rotation, epoch_seconds }));
    if (isRefused) expect(check).toThrow(/epoch_seconds: strict rotation needs at least 4 s/);
    else expect(check).not.toThrow();
  });
});
