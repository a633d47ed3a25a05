// What a member cannot do to the others, to the log or to the controller, however it uses its rights.

import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect } from 'node:tls';
import { formatRfc3339 } from '@mesh/primitives';
import type { ProblemError } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { keysFrom, openNextEpoch, startTestController, type TestNode, until } from '../support/index.ts';
import { fullConfig, problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const limits = { limits: { node_per_minute: 4, address_per_minute: 1000 } };

describe('a member', () => {
  it('moves nobody by reporting its current endpoint', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [node, other] = [mesh.node('node-a'), mesh.node('node-b')];
    await node.client.reportEndpoint(node.endpoint(['192.0.2.1']));
    const { version } = await fullConfig(other);
    const { journal } = mesh.controller.running.services;
    const before = journal.head().size;
    await node.client.reportEndpoint(node.endpoint(['192.0.2.1']));
    // Its sequence was still recorded.
    expect(journal.head().size).toBe(before + 1);
    expect(await other.config({ version })).toBeUndefined();
    await node.client.reportEndpoint(node.endpoint(['192.0.2.2']));
    expect(await other.config({ version })).toBeDefined();
  });

  it("reads its own scores and nobody else's in the epoch's answer; the operator reads all", async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await mesh.node('node-b').submit(0.123);
    const seenBy = async (name: string) => (await mesh.node(name).client.epoch()).nodes['node-b' as never];
    const told = { membership: 'DENIED', reason_code: 'below_threshold' };
    expect(await seenBy('node-a')).toEqual({ ...told, reason: 'the node is not in' });
    expect(await seenBy('node-b')).toEqual({ ...told, reason: expect.stringContaining('0.12 ') });
    expect((await mesh.controller.admin.epoch()).nodes['node-b' as never]).toEqual({
      ...told,
      reason: expect.stringContaining('0.12 '),
    });
  });

  it.each([
    ['everything', 'node-a', () => ''],
    [
      'the keys of an epoch',
      'node-a',
      (version: string) => `${Number(version.split('.')[0]) - 1}.${version.split('.')[1]}`,
    ],
    ['its denial', 'node-c', () => ''],
  ])(
    'gets %s no more often than its allowance permits, whether it waits or not',
    async (_what, name, versionOf) => {
      await using mesh = await runningMesh(['node-a', 'node-b', 'node-c'], limits);
      for (const each of ['node-a', 'node-b']) await mesh.node(each).submit(0.9);
      await openNextEpoch(mesh.controller);
      await mesh.node('node-c').submit(0.1);
      const node = mesh.node(name);
      const version = versionOf(mesh.controller.running.services.publication.currentVersion());
      const refusals: unknown[] = [];
      for (let asked = 0; asked < 10; asked++)
        await node
          .config({ version, ...(asked % 2 === 0 ? {} : { waitSeconds: 60 }) })
          .catch((error: ProblemError) => refusals.push(error.problem.code));
      expect(refusals.length).toBeGreaterThan(0);
      expect(new Set(refusals)).toEqual(new Set(['rate_limited']));
    },
  );

  it('that has used up its allowance still gets a removal at once', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], limits);
    const node = mesh.node('node-a');
    const { version } = await fullConfig(node);
    for (let asked = 0; asked < 5; asked++) await node.config().catch(() => undefined);
    await mesh.node('node-b').submit(0.1);
    expect((await node.config({ version, waitSeconds: 60 }))?.body).toMatchObject({ removed: ['node-b'] });
  });

  it.each([
    [
      'a stale message',
      (node: TestNode, atMs: number) => node.benchmark(0.9, { timestamp: formatRfc3339(atMs) }),
    ],
    ['a failing score, although it is out', (node: TestNode) => node.benchmark(0.1)],
  ])('does not fill the log with %s', async (_what, messageOf) => {
    await using mesh = await runningMesh(['node-a'], limits);
    const node = mesh.node('node-a');
    await node.submit(0.1);
    const { journal } = mesh.controller.running.services;
    const before = journal.head().size;
    const codes: unknown[] = [];
    for (let sent = 0; sent < 10; sent++)
      await node.client
        .submitBenchmark(messageOf(node, Math.floor(mesh.clock.nowMs()) - 3_600_000))
        .catch((error: ProblemError) => codes.push(error.problem.code));
    expect(journal.head().size - before).toBeLessThanOrEqual(4);
    expect(codes.slice(-6)).toEqual(Array(6).fill('rate_limited'));
  });

  it('that breaks off uploads causes no error of the controller, and is charged for each', async () => {
    await using mesh = await runningMesh(['node-a'], limits);
    const said = (text: string) => mesh.controller.logLines.filter((line) => line.includes(text)).length;
    // What admission cost has been refilled long ago.
    for (let broken = 1; broken <= limits.limits.node_per_minute; broken++) {
      breakOff(mesh, 'node-a');
      await until(
        'the upload to be given up',
        () => said('broke its upload off') === broken || said('a request failed') > 0,
      );
    }
    expect(said('a request failed')).toBe(0);
    expect(await problemOf(mesh.node('node-a').submit(0.9))).toMatchObject({ code: 'rate_limited' });
  });
});

/** Sends the beginning of a benchmark. */
function breakOff(mesh: RunningMesh, nodeId: string): void {
  const { controller } = mesh;
  const socket = connect({
    host: '127.0.0.1',
    port: controller.running.nodesPort,
    ca: controller.caPem,
    cert: mesh.node(nodeId).enrolment.certificate_pem,
    key: keysFrom(nodeId).keyPem,
  });
  socket.on('error', () => undefined);
  const head = `POST /v1/benchmarks/${nodeId} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
  socket.write(`${head}content-length: 1000\r\n\r\n{"a"`, () => socket.destroy());
}

describe('one address', () => {
  it('has only so many connections', async () => {
    await using controller = await startTestController({
      config: { limits: { ...limits.limits, connections_per_address: 2 } },
    });
    const closed: Promise<unknown>[] = [];
    const sockets = [1, 2, 3, 4].map(() => {
      const socket = connectPlain(controller.running.nodesPort, '127.0.0.1');
      socket.on('error', () => undefined);
      closed.push(once(socket, 'close'));
      return socket;
    });
    await Promise.all(closed.slice(2));
    expect(sockets.map((socket) => socket.destroyed)).toEqual([false, false, true, true]);
    for (const socket of sockets) socket.destroy();
  });
});
