// A machine that was copied while its agent ran: both copies have the agent's keys, sequences and instance
// id.

import { waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { TestNode } from '../support/index.ts';
import { fullConfig, type RunningMesh, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const settings = { epoch_seconds: 86_400, max_benchmark_age_seconds: 86_400 * 3 };
const conflictsIn = async (mesh: RunningMesh) => {
  const { entries } = await mesh.controller.admin.log({ limit: 1000 });
  return entries.map(({ entry }) => entry).filter(({ type }) => type === 'instance_conflict');
};
/** With the same keys, certificate and instance id, over connections of its own. */
const copyOf = ({ controller, nodeId, keys, enrolment }: TestNode) =>
  new TestNode(controller, nodeId, { keys, enrolment, maxSockets: 1 });

/** Asks, and waits until that query is the one that waits. */
async function ask(mesh: RunningMesh, node: TestNode, version: string, signal?: AbortSignal): Promise<void> {
  const before = mesh.controller.begunQueries();
  node.config({ version, waitSeconds: 60 }, signal).catch(() => undefined);
  await waitUntil('the query waits', () => mesh.controller.begunQueries() === before + 1);
  // The one before it has ended.
  await untilWaiting(mesh, 1);
}

describe('a copy of a running agent', () => {
  it('is noticed when the two take the query from each other; both are told, and it is logged once a minute', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const node = copyOf(mesh.node('node-a'));
    const copy = copyOf(node);
    const { version } = await fullConfig(node);
    await ask(mesh, node, version);
    await ask(mesh, copy, version);
    // So far the agent could have connected anew.
    expect(await conflictsIn(mesh)).toEqual([]);
    for (let times = 0; times < 2; times++) {
      await ask(mesh, node, version);
      await ask(mesh, copy, version);
    }
    const { instanceId } = node;
    expect(await conflictsIn(mesh)).toMatchObject([
      { node_id: 'node-a', data: { running: instanceId, refused: instanceId } },
    ]);
    expect(await node.submit(0.9)).toMatchObject({ other_instance: { instance_id: instanceId } });
    for (const each of [node, copy]) each.close();
  });

  it('is not suspected in an agent that gives up its queries and connects anew, again and again', async () => {
    await using mesh = await runningMesh(['node-a'], settings);
    const { version } = await fullConfig(mesh.node('node-a'));
    for (let times = 0; times < 4; times++) {
      const node = copyOf(mesh.node('node-a'));
      const given = new AbortController();
      await ask(mesh, node, version, given.signal);
      given.abort();
      await ask(mesh, node, version);
      node.close();
    }
    expect(await conflictsIn(mesh)).toEqual([]);
  });
});
