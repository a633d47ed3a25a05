// With strict rotation, where slots alternate, a node replaces its own keys while packets pass, and no packet
// is lost.

import { expect, it } from 'vitest';
import { keyRotationScene } from './support/key-rotation-scene.ts';

it('every key of a node is replaced without a lost packet, and a restart has the new ones', async () => {
  await using scene = await keyRotationScene('kstrict', '10.97.0.0/24', 'strict');
  const { lab, mesh, keysOfA } = scene;
  const before = await keysOfA();
  const fromMs = Date.now();
  const { status, body } = await scene.rotateKeys();
  expect([status, body.message, body.replaced?.toSorted()]).toEqual([200, undefined, ['a', 'b', 'identity']]);
  const { sent, lost } = await scene.lossSince(fromMs);
  const after = await keysOfA();
  expect(new Set([...Object.values(before), ...Object.values(after)]).size).toBe(6);
  expect(sent).toBeGreaterThan(250);
  expect(lost).toBe(0);
  const shown = await lab.node('b').exec('wg', ['show', 'all', 'peers']);
  expect(shown.stdout).not.toContain(before.a);
  expect(shown.stdout).not.toContain(before.b);
  await mesh.node('a').agent.kill();
  await mesh.node('a').restartAgent();
  await scene.packetsPass();
  expect(await keysOfA()).toEqual(after);
});
