// One query that is answered several times: with each removal as it happens, for as long as nothing else
// does. Everything that holds for one answer (its lease, its price, one instance, the end of the wait) holds
// for each.

import { isRemovalNotice } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type TestNode, until } from '../support/index.ts';
import { problemOf, type RunningMesh, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const NAMES = ['node-a', 'node-b', 'node-c', 'node-d'];
const STILL = { epoch_seconds: 3600, max_benchmark_age_seconds: 9000 };

/** Asks from the newest version. `told` says what each answer was. */
async function streamOf(node: TestNode, waitSeconds = 25, instanceId = node.instanceId) {
  const version = (await node.configOrNotice())?.body.version ?? '';
  const told: string[] = [];
  const leases: number[] = [];
  const stop = new AbortController();
  const ended = node.client.followConfig(
    { version, waitSeconds, instanceId },
    ({ body }) => {
      const removed = isRemovalNotice(body) ? `out: ${body.removed.join()}` : `config: ${body.allowed}`;
      told.push(removed);
      leases.push(body.lease_seconds);
      return true;
    },
    stop.signal,
  );
  // A test that ends earlier hangs up.
  onTestFinished(() => stop.abort(new Error('the test is over')));
  ended.catch(() => undefined);
  return { version, told, leases, ended, hangUp: () => stop.abort(new Error('gone')) };
}

async function streaming(mesh: RunningMesh, name = 'node-a', waitSeconds = 25) {
  const stream = await streamOf(mesh.node(name), waitSeconds);
  await untilWaiting(mesh);
  return stream;
}

/** Denies a node, and waits until the stream has told it and waits again. */
async function cut(mesh: RunningMesh, name: string, { told }: { told: readonly string[] }) {
  const before = told.length;
  await mesh.node(name).submit(0.1);
  await until(`the removal of ${name}`, () => told.length > before);
}

describe('a query that takes several answers', () => {
  it('is told of each removal as it happens, and stays open', async () => {
    await using mesh = await runningMesh(NAMES, STILL);
    const stream = await streaming(mesh);
    for (const name of ['node-c', 'node-d']) {
      await cut(mesh, name, stream);
      await untilWaiting(mesh);
    }
    expect(stream.told).toEqual(['out: node-c', 'out: node-d']);
    expect(stream.leases).toEqual([180, 180]);
  });

  it('ends when its wait is over, counted from when it came, and the next one has nothing to catch up', async () => {
    await using mesh = await runningMesh(NAMES, STILL);
    const stream = await streaming(mesh);
    await mesh.clock.advance(20_000);
    await cut(mesh, 'node-c', stream);
    await untilWaiting(mesh);
    await mesh.clock.advance(4_999);
    expect(mesh.controller.waitingQueries()).toBe(1);
    await mesh.clock.advance(1);
    expect(await stream.ended).toBe(1);
    const version = mesh.controller.running.services.publication.currentVersion();
    expect(await mesh.node('node-a').configOrNotice({ version })).toBeUndefined();
  });

  it('without news ends as any other: with 304, or with a refusal', async () => {
    await using mesh = await runningMesh(['node-a'], STILL);
    const quiet = await streaming(mesh);
    await mesh.clock.advance(25_000);
    expect([await quiet.ended, quiet.told]).toEqual([0, []]);
    const older = await streaming(mesh);
    const newer = await streaming(mesh);
    expect(await problemOf(older.ended)).toMatchObject({ code: 'query_outstanding' });
    newer.hangUp();
  });

  it('gets what is no removal as its last answer: its own denial, and its revocation', async () => {
    await using mesh = await runningMesh(NAMES, STILL);
    const denied = await streaming(mesh);
    await cut(mesh, 'node-c', denied);
    await untilWaiting(mesh);
    await mesh.node('node-a').submit(0.1);
    expect([await denied.ended, denied.told]).toEqual([2, ['out: node-c', 'config: false']]);
    const revoked = await streaming(mesh, 'node-b');
    await cut(mesh, 'node-d', revoked);
    await untilWaiting(mesh);
    await mesh.controller.admin.revoke('node-b', 'test');
    expect([await revoked.ended, revoked.told]).toEqual([2, ['out: node-d', 'config: false']]);
    expect(await problemOf(mesh.node('node-b').configOrNotice())).toMatchObject({ code: 'node_revoked' });
  });

  it('that is superseded ends without a word, and the newer one goes on from its version', async () => {
    await using mesh = await runningMesh(NAMES, STILL);
    const older = await streaming(mesh);
    await cut(mesh, 'node-c', older);
    await untilWaiting(mesh);
    const newer = await streaming(mesh);
    expect([await older.ended, older.told]).toEqual([1, ['out: node-c']]);
    await cut(mesh, 'node-d', newer);
    expect([older.told, newer.told]).toEqual([['out: node-c'], ['out: node-d']]);
  });

  it('holds the place of its instance between two answers, and frees it when the agent hangs up', async () => {
    await using mesh = await runningMesh(NAMES, STILL);
    const node = mesh.node('node-a');
    const stream = await streaming(mesh);
    await cut(mesh, 'node-c', stream);
    await untilWaiting(mesh);
    const other = () => node.configOrNotice({ version: stream.version, instanceId: 'another-instance' });
    // Longer than an agent may take from one query to the next.
    await mesh.clock.advance(10_000);
    expect(await problemOf(other())).toMatchObject({ code: 'instance_conflict' });
    stream.hangUp();
    await untilWaiting(mesh, 0);
    expect(await other()).toMatchObject({ kind: 'notice' });
  });

  it('is no second allowance: the query that it answers is charged as any other', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], {
      ...STILL,
      limits: { node_per_minute: 4, address_per_minute: 1000 },
    });
    const node = mesh.node('node-a');
    const refusals: string[] = [];
    // Beyond the reserve, which is ten times as large, the connection would end.
    for (let asked = 0; asked < 30; asked++) {
      // An old version: there is news at once, which was given before.
      const query = { version: '1.0', waitSeconds: 25, instanceId: node.instanceId };
      await node.client
        .followConfig(query, () => true)
        .catch((error) => refusals.push(error.problem?.code ?? String(error)));
    }
    expect(refusals.length).toBeGreaterThan(15);
    expect(new Set(refusals)).toEqual(new Set(['rate_limited']));
  });

  it('gets the rest of its own lease, as its last answer, while storage fails', async () => {
    await using mesh = await runningMesh(NAMES, STILL);
    const stream = await streaming(mesh);
    await cut(mesh, 'node-c', stream);
    await untilWaiting(mesh);
    await mesh.clock.advance(5_000);
    mesh.controller.failWrites(true);
    await problemOf(mesh.node('node-b').submit(0.9));
    await problemOf(mesh.node('node-d').submit(0.1));
    expect(await stream.ended).toBe(2);
    mesh.controller.failWrites(false);
    expect(stream.told).toEqual(['out: node-c', 'config: true']);
    expect(stream.leases[0]).toBe(180);
    expect(stream.leases[1]).toBeLessThan(180);
  });

  it('an agent that does not ask for it gets one answer, with its length', async () => {
    await using mesh = await runningMesh(NAMES, STILL);
    const node = mesh.node('node-a');
    const version = (await node.configOrNotice())?.body.version ?? '';
    const query = node.configOrNotice({ version, waitSeconds: 25 });
    await untilWaiting(mesh);
    await mesh.node('node-c').submit(0.1);
    expect(await query).toMatchObject({ kind: 'notice', body: { removed: ['node-c'] } });
    expect(mesh.controller.waitingQueries()).toBe(0);
  });
});
