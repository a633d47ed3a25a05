// A removal does not wait for keys. If a node is denied while the keys of an answer are made, the answer
// comes at once without them, and the keys come with the next query.

import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PskDeriver } from '../../src/keys/psk-deriver.ts';
import { freezeNextEpoch, openNextEpoch, until } from '../support/index.ts';
import { asDelta, fullConfig, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const NAMES = ['node-a', 'node-b', 'node-c'] as const;
const NODE_B = parseNodeId('node-b');

async function submitAll(mesh: RunningMesh): Promise<void> {
  for (const name of NAMES) await mesh.node(name).submit(0.9);
}

/** Holds all derivations back. @returns how many wait, and a function that releases them */
function holdKeys(outcome: 'made' | 'failed' = 'made') {
  const original = PskDeriver.prototype.derive;
  const held = { count: 0, release: (): void => undefined };
  const released = new Promise<void>((resolve) => {
    held.release = resolve;
  });
  PskDeriver.prototype.derive = async function (...args) {
    held.count += 1;
    await released;
    if (outcome === 'failed') throw new Error('the worker is gone');
    return original.apply(this, args);
  };
  onTestFinished(() => {
    held.release();
    PskDeriver.prototype.derive = original;
  });
  return held;
}

/** Node a's query while the keys of a new epoch are made for it. They are ready after `keys.release`. */
async function queryAtFreeze(outcome?: 'made' | 'failed') {
  const mesh = await runningMesh([...NAMES]);
  await submitAll(mesh);
  await mesh.clock.advance(50_000);
  await submitAll(mesh);
  const { version } = await fullConfig(mesh.node('node-a'));
  const keys = holdKeys(outcome);
  await freezeNextEpoch(mesh.controller);
  const answer = mesh.node('node-a').config({ version });
  await until('keys to be made', () => keys.count > 0);
  return { mesh, version, keys, answer };
}

describe('while the keys of an epoch are made for a node', () => {
  it('the removal of a peer is answered without them, and they come with the next query', async () => {
    const { mesh, version, keys, answer } = await queryAtFreeze();
    await using _ = mesh;
    await mesh.node('node-b').submit(0.1);
    const first = asDelta(await answer);
    expect(first).toMatchObject({ base: version, version, removed: [NODE_B], added: [] });
    expect(first.keys).toBeUndefined();
    keys.release();
    const second = asDelta(await mesh.node('node-a').config({ version }));
    expect(second).toMatchObject({ base: version, removed: [NODE_B] });
    expect(second.version).not.toBe(version);
    expect(second.keys).toMatchObject({ next: { psks: { 'node-c': expect.any(String) } } });
  });

  it('its own denial is answered at once', async () => {
    const { mesh, answer } = await queryAtFreeze();
    await using _ = mesh;
    await mesh.node('node-a').submit(0.1);
    expect((await answer)?.body).toMatchObject({ allowed: false, peers: [] });
  });

  it('a removal is answered even if they cannot be made', async () => {
    const mesh = await runningMesh([...NAMES]);
    await using _ = mesh;
    await submitAll(mesh);
    await openNextEpoch(mesh.controller);
    const { version } = await fullConfig(mesh.node('node-a'));
    const moved = mesh.node('node-c');
    await moved.client.reportEndpoint(moved.endpoint(['192.0.2.77']));
    await mesh.node('node-b').submit(0.1);
    holdKeys('failed').release();
    const answer = asDelta(await mesh.node('node-a').config({ version }));
    expect(answer).toMatchObject({ base: version, version, removed: [NODE_B], added: [] });
  });
});
