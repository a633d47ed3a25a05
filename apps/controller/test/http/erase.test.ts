// An operator erases the details of a node: the log shows them no more, and those of the others as before.

import { expect, it } from 'vitest';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

it('takes the details of one node out of the log, and says what stays', async () => {
  await using mesh = await runningMesh(['node-a', 'node-b']);
  const { admin } = mesh.controller;
  await mesh.node('node-a').submit(0.9);
  const revealed = async (name: string) =>
    (await admin.log({ limit: 1000 })).entries.filter(
      ({ entry }) => entry.node_id === name && entry.revealed !== undefined,
    ).length;
  const [ofA, ofB] = [await revealed('node-a'), await revealed('node-b')];
  expect(ofA).toBeGreaterThan(2);
  const { size } = await admin.log({ limit: 1 });
  const done = await admin.eraseNode('node-a', 'the person asked for it');
  expect(done).toEqual({ node_id: 'node-a', erased_before: size, keeps_newest: true });
  expect([await revealed('node-a'), await revealed('node-b')]).toEqual([1, ofB]);
  const last = (await admin.log({ from: size, limit: 1 })).entries[0]?.entry;
  expect(last).toMatchObject({
    type: 'node_details_erased',
    node_id: 'node-a',
    data: { before: size, actor: 'socket', why: 'the person asked for it' },
  });
  await admin.revoke('node-a', 'it is over');
  expect((await admin.eraseNode('node-a', 'again')).keeps_newest).toBe(false);
  await admin.deleteNode('node-a', 'it is over');
  await admin.eraseNode('node-a', 'also what came with the end');
  expect([await revealed('node-a'), await revealed('node-b')]).toEqual([0, ofB]);
  expect(await problemOf(admin.eraseNode('node-x', 'nobody'))).toMatchObject({ code: 'not_found' });
  const { storage } = await admin.health();
  expect(storage).toMatchObject({
    details_days: null,
    configs_days: 30,
    move_after_days: null,
    erasures_pending: 0,
  });
  expect(storage?.log_entries).toBe((await admin.log({ limit: 1 })).size);
  expect(storage?.database_bytes).toBeGreaterThan(4_096);
});
