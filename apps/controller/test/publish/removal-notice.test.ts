// A removal is signed once for all nodes of a class that hold the same version. Nobody gets a notice who does
// not ask for it, whose lease is another, or who has changed itself.

import { verifyMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import type { TestNode } from '../support/index.ts';
import { problemOf, type RunningMesh, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const NAMES = ['node-a', 'node-b', 'node-c', 'node-d'];

async function versionOf(node: TestNode): Promise<string> {
  const answer = await node.configOrNotice();
  if (answer === undefined) throw new Error('a full config was to come');
  return answer.body.version;
}

/** What each node gets for the version that it holds; `old` nodes take no notices. */
async function askAll(
  mesh: RunningMesh,
  names: readonly string[],
  cause: () => Promise<unknown>,
  old: readonly string[] = [],
) {
  const queries = await Promise.all(
    names.map(async (name) => {
      const node = mesh.node(name);
      return { node, version: await versionOf(node) };
    }),
  );
  const open = queries.map(({ node, version }) => {
    const query = { version, waitSeconds: 25 };
    return old.includes(node.nodeId)
      ? node.config(query).then((answer) => answer && { kind: 'config' as const, ...answer })
      : node.configOrNotice(query);
  });
  await untilWaiting(mesh, names.length);
  await cause();
  return Promise.all(open);
}

describe('after a denial', () => {
  it('every other node gets the same signed notice, and the denied node its own config', async () => {
    await using mesh = await runningMesh(NAMES);
    const base = await versionOf(mesh.node('node-a'));
    const [a, b, c, d] = await askAll(mesh, NAMES, () => mesh.node('node-c').submit(0.1));
    expect([a?.kind, b?.kind, c?.kind, d?.kind]).toEqual(['notice', 'notice', 'config', 'notice']);
    expect(b?.raw).toEqual(a?.raw);
    expect(d?.raw).toEqual(a?.raw);
    expect(a?.body).toMatchObject({
      class: 'default',
      base,
      removed: ['node-c'],
      except: [],
      lease_seconds: 180,
    });
    expect(a?.body).not.toHaveProperty('node_id');
    const { configPublicKey } = mesh.node('node-a');
    expect(verifyMessage('removal_notice', a?.raw ?? {}, configPublicKey)).toBe(true);
    expect(verifyMessage('config', a?.raw ?? {}, configPublicKey)).toBe(false);
    expect(c?.body).toMatchObject({ node_id: 'node-c', allowed: false, peers: [] });
  });

  it('an agent of an earlier version gets a delta of its own in a form that it knows', async () => {
    await using mesh = await runningMesh(NAMES);
    const [a, b] = await askAll(mesh, ['node-a', 'node-b'], () => mesh.node('node-c').submit(0.1), [
      'node-a',
    ]);
    expect([a?.kind, b?.kind]).toEqual(['config', 'notice']);
    expect(a?.body).toMatchObject({ node_id: 'node-a', allowed: true, removed: ['node-c'], added: [] });
    expect(a?.body).not.toHaveProperty('class');
    expect(b?.body).toMatchObject({ removed: ['node-c'] });
    const full = await mesh.node('node-a').config();
    expect(full?.body).not.toHaveProperty('class');
    expect((await mesh.node('node-b').configOrNotice())?.body).toHaveProperty('class', 'default');
  });

  it('nodes of different classes get different notices, and a class that it does not concern gets none', async () => {
    await using mesh = await runningMesh(['node-a:left', 'node-b:right', 'node-c:left', 'node-d'], {
      policy: { classes: [{ name: 'left' }, { name: 'right' }] },
      peer_groups: { one: ['left'], two: ['right', 'left'], three: ['default'] },
    });
    const other = await versionOf(mesh.node('node-d'));
    const [a, b] = await askAll(mesh, ['node-a', 'node-b'], () => mesh.node('node-c').submit(0.1));
    expect(a?.body).toMatchObject({ class: 'left', removed: ['node-c'] });
    expect(b?.body).toMatchObject({ class: 'right', removed: ['node-c'] });
    expect(await mesh.node('node-d').configOrNotice({ version: other })).toBeUndefined();
  });

  it('a node of the class that changed itself is named in the notice, and gets its whole config', async () => {
    await using mesh = await runningMesh(NAMES);
    const versions = await Promise.all(['node-a', 'node-b'].map((name) => versionOf(mesh.node(name))));
    // Its first key to seal to: from now on it has keys, which nobody else learns of.
    await mesh.clock.advance(1);
    mesh.node('node-b').renewKem();
    await mesh.node('node-b').submit(0.9);
    await mesh.node('node-c').submit(0.1);
    const [a, b] = await Promise.all(
      ['node-a', 'node-b'].map((name, at) => {
        const version = versions[at] as string;
        return mesh.node(name).configOrNotice({ version });
      }),
    );
    expect(a).toMatchObject({ kind: 'notice', body: { removed: ['node-c'], except: ['node-b'] } });
    expect(b).toMatchObject({ kind: 'config', body: { node_id: 'node-b', allowed: true } });
    expect(b?.body).not.toHaveProperty('base');
  });

  it('a class whose own nodes all stay is told of a node of another class that is out', async () => {
    await using mesh = await runningMesh(['spoke-a:spoke', 'spoke-b:spoke', 'hub-a:hub', 'hub-b:hub'], {
      policy: { classes: [{ name: 'spoke' }, { name: 'hub' }] },
      peer_groups: { one: ['hub'], two: ['spoke', 'hub'] },
    });
    const [a] = await askAll(mesh, ['spoke-a'], () => mesh.node('hub-b').submit(0.1));
    expect(a?.body).toMatchObject({ class: 'spoke', removed: ['hub-b'], except: [] });
  });
});

describe('no notice', () => {
  it('comes while storage fails: each node is told the rest of its own lease', async () => {
    await using mesh = await runningMesh(NAMES);
    const answers = await askAll(mesh, ['node-a', 'node-b'], async () => {
      await mesh.clock.advance(5_000);
      mesh.controller.failWrites(true);
      // The first write notices that the disk fails.
      await problemOf(mesh.node('node-d').submit(0.9));
      await problemOf(mesh.node('node-c').submit(0.1));
    });
    mesh.controller.failWrites(false);
    for (const answer of answers) {
      expect(answer).toMatchObject({ kind: 'config', body: { allowed: true, removed: ['node-c'] } });
      expect(answer?.body.lease_seconds).toBeLessThan(180);
    }
  });

  it('brings a newcomer, because its keys are for one node', async () => {
    await using mesh = await runningMesh(NAMES);
    const version = await versionOf(mesh.node('node-a'));
    await mesh.node('node-c').submit(0.1);
    await mesh.node('node-b').client.reportEndpoint(mesh.node('node-b').endpoint(['192.0.2.99']));
    const answer = await mesh.node('node-a').configOrNotice({ version });
    expect(answer).toMatchObject({ kind: 'config', body: { node_id: 'node-a', removed: ['node-c'] } });
  });

  it('answers a query for the whole config', async () => {
    await using mesh = await runningMesh(NAMES);
    expect(await mesh.node('node-a').configOrNotice()).toMatchObject({ kind: 'config' });
    await mesh.node('node-c').submit(0.1);
    expect(await mesh.node('node-a').configOrNotice()).toMatchObject({ kind: 'config' });
    expect(await mesh.node('node-a').configOrNotice({ version: '1.0' })).toMatchObject({ kind: 'config' });
  });
});

it('a notice is signed again after a second, so its time is never older than that', async () => {
  await using mesh = await runningMesh(NAMES);
  const [first, second] = [mesh.node('node-a'), mesh.node('node-b')];
  const version = await versionOf(first);
  expect(await versionOf(second)).toBe(version);
  await mesh.node('node-c').submit(0.1);
  const at = async (node: TestNode) => {
    const answer = await node.configOrNotice({ version });
    if (answer?.kind !== 'notice') throw new Error('a notice was to come');
    return answer.body.server_time_ms;
  };
  const before = await at(first);
  await mesh.clock.advance(999);
  expect(await at(second)).toBe(before);
  await mesh.clock.advance(1);
  expect(await at(first)).toBe(before + 1_000);
});
