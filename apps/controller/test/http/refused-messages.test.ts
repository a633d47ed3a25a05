// A member cannot make the log grow as it likes: its refused messages share an entry a minute, and those that
// are accepted are limited. A score that costs the node its place is never refused for its rate.

import { rejectMessage } from '@mesh/membership';
import { describe, expect, it } from 'vitest';
import { submissionsPerMinute } from '../../src/http/gate/submission-allowance.ts';
import { until } from '../support/index.ts';
import { certificateRequest } from '../support/node-keys.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const MINUTE_MS = 60_000;
const limits = { node_per_minute: 100_000, address_per_minute: 100_000 };

const logSize = ({ controller }: RunningMesh) => controller.running.services.journal.head().size;

async function logSince({ controller }: RunningMesh, from: number) {
  return (await controller.admin.log({ from, limit: 1000 })).entries.map(({ entry }) => entry);
}

/** What the log says of refused messages. */
async function refusalsSince(mesh: RunningMesh, from: number) {
  return (await logSince(mesh, from)).filter(({ type }) => /^messages?_rejected$/.test(String(type)));
}

/** Sends benchmarks whose signature is wrong, each of them refused. */
async function forge(mesh: RunningMesh, count: number): Promise<void> {
  const node = mesh.node('node-a');
  for (let sent = 0; sent < count; sent++) {
    const forged = { ...node.benchmark(0.9), notes: 'changed' };
    expect(await problemOf(node.client.submitBenchmark(forged))).toMatchObject({ code: 'bad_signature' });
  }
}

describe('refused messages', () => {
  it('get one entry at once, and then one a minute with their counts', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const from = logSize(mesh);
    await forge(mesh, 200);
    expect(await refusalsSince(mesh, from)).toMatchObject([
      { type: 'message_rejected', node_id: 'node-a', data: { kind: 'benchmark', code: 'bad_signature' } },
    ]);
    await mesh.clock.advance(MINUTE_MS);
    await until('the counts', async () => (await refusalsSince(mesh, from)).length === 2);
    expect((await refusalsSince(mesh, from)).at(-1)).toMatchObject({
      type: 'messages_rejected',
      node_id: 'node-a',
      data: { refusals: [{ kind: 'benchmark', code: 'bad_signature', count: 199 }] },
    });
    // A quiet minute has no entry, and ends the counting.
    await mesh.clock.advance(2 * MINUTE_MS);
    await forge(mesh, 1);
    expect((await refusalsSince(mesh, from)).map(({ type }) => type)).toEqual([
      'message_rejected',
      'messages_rejected',
      'message_rejected',
    ]);
  });

  it('fill the log where each has an entry of its own', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const { refusals, judge } = mesh.controller.running.services;
    refusals.note = async (nodeId, kind, objection) =>
      void (await judge.run(rejectMessage(nodeId, kind, objection)));
    const from = logSize(mesh);
    await forge(mesh, 50);
    expect(logSize(mesh) - from).toBe(50);
  });

  it('that are counted when the controller stops are written then', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const from = logSize(mesh);
    await forge(mesh, 5);
    mesh.node('node-a').close();
    await mesh.controller.restart();
    expect((await refusalsSince(mesh, from))[1]).toMatchObject({
      type: 'messages_rejected',
      data: { refusals: [{ kind: 'benchmark', code: 'bad_signature', count: 4 }] },
    });
  });

  it('that the disk does not take are in the entry of the next minute', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const from = logSize(mesh);
    await forge(mesh, 3);
    mesh.controller.failWrites(true);
    await mesh.clock.advance(MINUTE_MS);
    await until('the failed write', () => mesh.controller.running.services.journal.failing);
    mesh.controller.failWrites(false);
    await forge(mesh, 4);
    await mesh.clock.advance(MINUTE_MS);
    await until('the counts', async () => (await refusalsSince(mesh, from)).length > 1);
    expect((await refusalsSince(mesh, from)).slice(1)).toMatchObject([
      { data: { refusals: [{ kind: 'benchmark', code: 'bad_signature', count: 6 }] } },
    ]);
  });
});

describe('accepted messages', () => {
  it.each([
    [86_400, 10],
    [60, 10],
    [6, 100],
    [1, 600],
  ])('with epochs of %d s a node has %d a minute', (seconds, perMinute) => {
    expect(submissionsPerMinute(undefined, seconds)).toBe(perMinute);
    expect(submissionsPerMinute(3, seconds)).toBe(3);
  });

  it('of a kind are limited for each node, and a failing score is not', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], { limits });
    const node = mesh.node('node-a');
    const from = logSize(mesh);
    const codes: string[] = [];
    // One went into the admission.
    for (let sent = 0; sent < 30; sent++)
      await node.submit(0.9).then(
        () => codes.push('accepted'),
        async () => codes.push('refused'),
      );
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(10);
    expect(await problemOf(node.submit(0.9))).toMatchObject({ code: 'rate_limited', retryAfter: 6 });
    // The ten, and one entry for all that were refused.
    expect(logSize(mesh) - from).toBe(11);
    // Other kinds and other nodes have allowances of their own.
    await node.client.reportEndpoint(node.endpoint(['192.0.2.1']));
    await mesh.node('node-b').submit(0.9);
    expect((await node.submit(0.1)).membership).toBe('DENIED');
    await mesh.clock.advance(6_000);
    expect((await node.submit(0.2)).membership).toBe('DENIED');
  });

  it.each([
    [
      'endpoint reports',
      (mesh: RunningMesh) => {
        const node = mesh.node('node-a');
        return node.client.reportEndpoint(node.endpoint(['192.0.2.1']));
      },
    ],
    ['leaves that change nothing', (mesh: RunningMesh) => mesh.node('node-a').leave()],
  ])('that are %s add no more than ten entries a minute', async (_what, send) => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const types = async (from: number) => (await logSince(mesh, from)).map(({ type }) => type);
    const from = logSize(mesh);
    for (let sent = 0; sent < 30; sent++) await send(mesh).catch(() => undefined);
    expect((await types(from)).length).toBeLessThanOrEqual(13);
    // Without the guard each of them has an entry.
    mesh.controller.running.services.submissions.charge = () => undefined;
    const unguarded = logSize(mesh);
    for (let sent = 0; sent < 30; sent++) await send(mesh).catch(() => undefined);
    expect((await types(unguarded)).length).toBeGreaterThanOrEqual(30);
  });

  it('that ask for certificates are limited, and cost the controller no more', async () => {
    await using mesh = await runningMesh(['node-a'], { limits });
    const node = mesh.node('node-a');
    const csr = await certificateRequest(node.keys, node.nodeId);
    const from = logSize(mesh);
    const asked = await Promise.allSettled(
      Array.from({ length: 15 }, () => node.client.renewCertificate(csr)),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(logSize(mesh) - from).toBe(10);
  });
});
