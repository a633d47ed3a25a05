// What a thief of an old config key, somebody with an old answer, and another node can make of a change of
// the key. For each there is a control, in which the same succeeds where the guard is not.

import { createPrivateKey, sign } from 'node:crypto';
import { createNodeClient, signConfig, signMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { openSealer } from '../../src/store/open-store.ts';
import { SealedFor } from '../../src/trust/at-rest-sealer.ts';
import { ConfigKeyReader } from '../support/config-key-reader.ts';
import { until } from '../support/index.ts';
import { keysFrom } from '../support/node-keys.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const reason = 'it is time';
const prepare = ({ controller }: RunningMesh) =>
  controller.admin.prepareConfigKey({ reason, delay_seconds: 0 });
const reader = (mesh: RunningMesh, name: string) => new ConfigKeyReader(mesh.node(name));

/** A reader that has followed a whole change of the key, one that was away, and the key that has ended. */
async function afterChange(mesh: RunningMesh) {
  const { admin } = mesh.controller;
  const [updated, away] = [reader(mesh, 'node-a'), reader(mesh, 'node-b')];
  const stolen = stealKey(mesh);
  const { config_key: first } = await prepare(mesh);
  await updated.read();
  await admin.switchConfigKey({ reason, force: true });
  const { config_key: second } = await admin.finishConfigKey({ reason });
  expect(await updated.read()).toBe(second);
  return { updated, away, stolen, first, second };
}

/** The first config key, as whoever has the database and the master key has it. */
function stealKey({ controller }: RunningMesh) {
  const sealed = controller.db
    .prepare("SELECT sealed FROM sealed_secrets WHERE name = 'config'")
    .pluck()
    .get() as Uint8Array;
  const pkcs8 = openSealer(controller.config).open(SealedFor.controllerKey, 'config', sealed);
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  return (message: Uint8Array) => new Uint8Array(sign(null, message, key));
}

/** The newest config of a node, changed and signed by the thief. */
async function forged({ node }: ConfigKeyReader, by: (message: Uint8Array) => Uint8Array, changes: object) {
  const {
    signature: _by,
    batch: _place,
    config_key_lists: _lists,
    ...body
  } = ((await node.config())?.raw ?? {}) as {
    [name: string]: never;
  };
  const raw = JSON.parse(signConfig({ ...body, ...changes }, by)) as never;
  return { body: raw, raw };
}

describe('a stolen key that has ended', () => {
  it('signs no config for a node that knows its end, and leads that node nowhere', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { updated, away, stolen, first } = await afterChange(mesh);
    const thief = keysFrom('thief');
    const publicKey = thief.identityKey;
    const list = signMessage(
      'config_key_list',
      {
        mesh_id: 'testmesh',
        made_at_ms: Math.floor(mesh.clock.nowMs()) + 60_000,
        present: first,
        next: { public_key: Buffer.from(publicKey).toString('base64'), from_ms: 1 },
      },
      stolen,
    );
    const plain = await forged(updated, stolen, {});
    const led = await forged(updated, (message) => new Uint8Array(sign(null, message, thief.keyPem)), {
      config_key_lists: [list],
    });
    expect([updated.take(plain), updated.take(led)]).toEqual([undefined, undefined]);
    // The control: the same for a node that was away, if the thief gets between it and the controller.
    expect(away.take(plain)).toBe(first);
    expect(away.take(led)).toBe(Buffer.from(publicKey).toString('base64'));
  });
});

describe('an old answer that is sent again', () => {
  it('brings back no key that was dropped, though the key that signed it is still good', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [a, b] = [reader(mesh, 'node-a'), reader(mesh, 'node-b')];
    const { next_config_key: dropped } = await prepare(mesh);
    const [recorded, forB] = [await a.ask(), await b.ask()];
    if (recorded === undefined || forB === undefined) throw new Error('configs were to come');
    a.take(recorded);
    expect(a.trust.list?.next?.public_key).toBe(dropped);
    await mesh.controller.admin.abortConfigKey({ reason });
    await a.read();
    expect(a.trust.next).toBeUndefined();
    a.take(recorded);
    expect(a.trust.next).toBeUndefined();
    // The control: a node that has not heard of the end takes it up.
    b.take(forB);
    expect(b.trust.list?.next?.public_key).toBe(dropped);
  });

  it('is refused once the key that signed it has ended', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const before = await reader(mesh, 'node-a').ask();
    if (before === undefined) throw new Error('a config was to come');
    const { updated, away, first } = await afterChange(mesh);
    expect(updated.take(before)).toBeUndefined();
    expect(away.take(before)).toBe(first);
  });
});

describe('another node', () => {
  it('confirms a key for nobody but itself', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await prepare(mesh);
    const b = reader(mesh, 'node-b');
    await b.read();
    const configKeyListMs = b.trust.list?.made_at_ms;
    const asNodeA = createNodeClient({ baseUrl: mesh.controller.nodesUrl, fetch: b.node.fetch }, 'node-a');
    expect(await problemOf(asNodeA.configOrNotice({ configKeyListMs }))).toMatchObject({
      code: 'node_mismatch',
    });
    const notConfirmed = async () => (await mesh.controller.admin.configKeyStatus()).not_confirmed;
    // The control: with its own name the same request counts.
    await b.node.client.configOrNotice({ configKeyListMs });
    await until('node-b to be noted', async () => (await notConfirmed()).length === 1);
    expect(await notConfirmed()).toEqual(['node-a']);
  });

  it('and a list that is none confirms nothing, and is answered as ever', async () => {
    await using mesh = await runningMesh(['node-a']);
    await prepare(mesh);
    const { node } = reader(mesh, 'node-a');
    for (const value of ['', 'x', '-1', '1e15', '99999999999999999', '0']) {
      const url = `${mesh.controller.nodesUrl}/v1/config/node-a?config_key_list=${value}`;
      expect((await node.fetch(url, { method: 'GET' })).status).toBe(200);
    }
    expect((await mesh.controller.admin.configKeyStatus()).not_confirmed).toEqual(['node-a']);
  });
});
