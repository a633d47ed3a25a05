// What a member tries with its own valid certificate: against another node, after its revocation, without
// end, and by falling silent. A guard stops each; once the guard is taken out, the same succeeds.

import { type BenchmarkMessage, createNodeClient } from '@mesh/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Allowance, Arrival } from '../../src/http/gate/arrivals.ts';
import { Authenticator } from '../../src/http/gate/authenticate.ts';
import { TokenBucket } from '../../src/http/gate/token-bucket.ts';
import { openNextEpoch } from '../support/index.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

afterEach(() => void vi.restoreAllMocks());

const membershipOf = async ({ controller }: RunningMesh, nodeId: string) =>
  (await controller.admin.node(nodeId)).membership;

/** Whatever the certificate names, the caller is the node of the path. */
function believePaths({ controller }: RunningMesh): void {
  const { view } = controller.running.services;
  vi.spyOn(Authenticator.prototype, 'node').mockImplementation(
    (_socket, nodeId) => view.node(nodeId ?? '') as never,
  );
}

function believeSignatures({ controller }: RunningMesh): void {
  vi.spyOn(controller.running.services.signatures, 'verify').mockResolvedValue(true);
}

describe('a member that wants another node cut', () => {
  /** Node b says over its own connection, and signs, that node a has failed. */
  async function accuse(mesh: RunningMesh): Promise<unknown> {
    const b = mesh.node('node-b');
    const { signature: _, ...failed } = mesh.node('node-a').benchmark(0.1);
    const message = b.sign('benchmark', failed) as BenchmarkMessage;
    const asNodeA = createNodeClient({ baseUrl: mesh.controller.nodesUrl, fetch: b.fetch }, 'node-a');
    return asNodeA.submitBenchmark({ ...message, node_id: 'node-a' as never });
  }

  it('is stopped by its certificate', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    believeSignatures(mesh);
    expect(await problemOf(accuse(mesh))).toMatchObject({ code: 'node_mismatch' });
    expect(await membershipOf(mesh, 'node-a')).toBe('ALLOWED');
  });

  it('is stopped by its signature', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    believePaths(mesh);
    expect(await problemOf(accuse(mesh))).toMatchObject({ code: 'bad_signature' });
    expect(await membershipOf(mesh, 'node-a')).toBe('ALLOWED');
  });

  it('succeeds without both', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    believePaths(mesh);
    believeSignatures(mesh);
    await accuse(mesh);
    expect(await membershipOf(mesh, 'node-a')).toBe('DENIED');
  });
});

describe('a node that was revoked', () => {
  it('gets nothing with its certificate, which is valid still', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    await mesh.controller.admin.revoke('node-b', 'stolen');
    expect(await problemOf(mesh.node('node-b').client.epoch())).toMatchObject({ code: 'node_revoked' });
    expect(await problemOf(mesh.node('node-b').submit(0.99))).toMatchObject({ code: 'node_revoked' });
  });

  it('is answered where its record is not looked up for each request', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { view } = mesh.controller.running.services;
    const before = view.node('node-b');
    await mesh.controller.admin.revoke('node-b', 'stolen');
    const look = view.node.bind(view);
    vi.spyOn(view, 'node').mockImplementation((nodeId) => (nodeId === 'node-b' ? before : look(nodeId)));
    expect((await mesh.node('node-b').client.epoch()).nodes).toHaveProperty('node-a');
  });
});

describe('a member that asks without end', () => {
  const PER_MINUTE = 30;
  const limits = { limits: { node_per_minute: PER_MINUTE, address_per_minute: 10_000 } };
  async function statusesOf(mesh: RunningMesh): Promise<Set<number>> {
    const statuses = new Set<number>();
    for (let asked = 0; asked < 2 * PER_MINUTE; asked++)
      statuses.add((await mesh.node('node-b').fetch(`${mesh.controller.nodesUrl}/v1/nothing`)).status);
    return statuses;
  }

  it('is refused beyond its allowance, and the others are not', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], limits);
    expect(await statusesOf(mesh)).toEqual(new Set([404, 429]));
    expect((await mesh.node('node-a').client.epoch()).nodes).toHaveProperty('node-b');
  });

  it('is answered each time without an allowance', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], limits);
    const bucket = new TokenBucket(1e9, 0);
    vi.spyOn(Allowance.prototype, 'admit').mockImplementation(() => new Arrival(bucket, false, 0));
    expect(await statusesOf(mesh)).toEqual(new Set([404]));
  });
});

describe('a member that falls silent after one good result', () => {
  // A result turns stale between two boundaries, at which everybody is judged anyway.
  const settings = { epoch_seconds: 300, max_benchmark_age_seconds: 400 };

  /** Node b's only result is 320 s old, and the last boundary is behind it. */
  async function silentMesh(): Promise<RunningMesh> {
    const mesh = await runningMesh(['node-a', 'node-b'], settings);
    for (const name of ['node-a', 'node-b']) await mesh.node(name).submit(0.9);
    const sentMs = mesh.clock.nowMs();
    await openNextEpoch(mesh.controller);
    await mesh.node('node-a').submit(0.9);
    await mesh.clock.advance(sentMs + 320_000 - mesh.clock.nowMs());
    return mesh;
  }

  it('is out in the moment in which its result turns stale', async () => {
    await using mesh = await silentMesh();
    await mesh.clock.advance(79_000);
    expect(await membershipOf(mesh, 'node-b')).toBe('ALLOWED');
    await mesh.clock.advance(2_000);
    expect(await membershipOf(mesh, 'node-b')).toBe('DENIED');
    expect(await membershipOf(mesh, 'node-a')).toBe('ALLOWED');
  });

  it('stays in where nobody watches the age', async () => {
    await using mesh = await silentMesh();
    mesh.controller.running.services.staleness.close();
    await mesh.clock.advance(81_000);
    expect(await membershipOf(mesh, 'node-b')).toBe('ALLOWED');
  });
});
