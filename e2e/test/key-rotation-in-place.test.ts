// With rotation in place, a node replaces its own keys while packets pass: its tunnels move to slot b and
// back, and no packet is lost.

import { expect, it } from 'vitest';
import { until } from '../lab/index.ts';
import { keyRotationScene, NODES } from './support/key-rotation-scene.ts';

it('every key of a node is replaced without a lost packet, and no interface is left behind', async () => {
  await using scene = await keyRotationScene('kplace', '10.98.0.0/24', 'in_place');
  const { lab, keysOfA } = scene;
  const before = await keysOfA();
  const fromMs = Date.now();
  const { status, body } = await scene.rotateKeys();
  expect([status, body.message, body.replaced?.toSorted()]).toEqual([200, undefined, ['a', 'b', 'identity']]);
  const { sent, lost } = await scene.lossSince(fromMs);
  const after = await keysOfA();
  expect(new Set([...Object.values(before), ...Object.values(after)]).size).toBe(6);
  expect(sent).toBeGreaterThan(250);
  expect(lost).toBe(0);
  for (const name of NODES) {
    await until('slot b has gone', 60_000, async () => {
      const { stdout } = await lab.node(name).exec('wg', ['show', 'interfaces']);
      return stdout.trim().split(/\s+/).length === 1 ? true : undefined;
    });
  }
  const shown = await lab.node('b').exec('wg', ['show', 'all', 'peers']);
  expect(shown.stdout).toContain(after.a);
  expect(shown.stdout).not.toContain(before.a);
});
