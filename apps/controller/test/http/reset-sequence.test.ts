// An operator lowers sequences that are ahead of the clock. The node's new messages are accepted again, and
// its old ones are not.

import { CompactRange, leafHash } from '@mesh/audit';
import { openSqlite } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { resetSequence } from '@mesh/membership';
import { canonicalJson, encodeBase64, formatRfc3339 } from '@mesh/primitives';
import type { AppliedMessage } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { Mesh } from '../../../../packages/membership/test/support/mesh.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import { exhaustSequences } from '../support/exhaust-sequences.ts';
import { enrolTestNode, openNextEpoch, startTestController, type TestNode } from '../support/index.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

const HIGHEST = Number.MAX_SAFE_INTEGER;
const LEAD = 24 * 3_600_000;

const reset = (nodeId: string, appliedSequence = 0) =>
  resetSequence({ nodeId, appliedSequence, why: 'it ran away', actor: { kind: 'socket' } });

function applied(node: TestNode, sequence: number): AppliedMessage {
  return node.sign('applied', {
    sequence,
    sent_at: formatRfc3339(Math.floor(node.controller.nowMs())),
    instance_id: node.instanceId,
    epoch_id: 1,
    peers: [],
  }) as AppliedMessage;
}

describe('the reset of sequences', () => {
  it.each([
    [-1, []],
    [0, []],
    [1, ['benchmark']],
  ])('with a sequence %d ms ahead of the clock lowers %j', (step, kinds) => {
    const mesh = new Mesh();
    mesh.enrol('node-a');
    mesh.run(mesh.submission('node-a', 0.9, { sequence: mesh.nowMs + step }));
    const before = mesh.node('node-a');
    const outcome = mesh.run(reset('node-a'));
    if (outcome.kind !== 'done') throw new Error(outcome.problem.detail);
    const lowered = outcome.events.flatMap((event) =>
      event.type === 'sequences_reset' ? Object.keys(event.lowered) : [event.type],
    );
    expect(lowered).toEqual(kinds);
    const benchmark = before.sequences.benchmark - Math.max(step, 0);
    expect(mesh.node('node-a')).toEqual({ ...before, sequences: { ...before.sequences, benchmark } });
  });

  it.each(['active', 'quarantined', 'revoked'] as const)('of a node that is %s', (status) => {
    const mesh = new Mesh();
    const { nodeId } = mesh.enrol('node-a');
    const types = {
      active: 'node_released',
      quarantined: 'node_quarantined',
      revoked: 'node_revoked',
    } as const;
    mesh.apply({ type: types[status], nodeId, why: 'test', actor: { kind: 'socket' } });
    const outcome = mesh.run(reset('node-a', HIGHEST));
    if (status === 'revoked')
      expect(outcome).toMatchObject({ kind: 'refused', problem: { code: 'state_conflict' }, events: [] });
    else expect(outcome).toMatchObject({ kind: 'done', events: [{ lowered: { applied: HIGHEST } }] });
  });

  it('of a node that does not exist is refused', () => {
    expect(new Mesh().run(reset('node-x'))).toMatchObject({
      kind: 'refused',
      problem: { code: 'not_found' },
    });
  });
});

describe('a database that holds the highest sequence of every kind', () => {
  it('is repaired: every kind of message of the node is accepted, and it is admitted; the log says who did it and why', async () => {
    const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
    await using controller = await startTestController({ clock });
    const node = await enrolTestNode(controller, 'node-a');
    await controller.stop();
    const db = openSqlite(controller.paths.database, { migrations });
    exhaustSequences(db, 'node-a');
    db.close();
    await controller.start();
    node.reconnect();
    controller.running.services.applied.take(applied(node, HIGHEST), clock.nowMs());
    for (const ask of [
      () => node.submit(0.9),
      () => node.client.reportEndpoint(node.endpoint([])),
      () => node.leave(),
      () => node.client.reportApplied(applied(node, node.nextSequence())),
    ])
      expect((await problemOf(ask())).code).toBe('sequence_replayed');

    const { size } = await controller.admin.log();
    const to = Math.floor(clock.nowMs());
    const answer = await controller.admin.resetSequence('node-a', 'its counter ran away');
    const kinds = ['benchmark', 'endpoint', 'leave', 'applied'];
    expect(answer).toEqual({
      node_id: 'node-a',
      lowered: kinds.map((kind) => ({ kind, from: HIGHEST, to })),
    });
    const page = await controller.admin.log();
    expect(page.size).toBe(size + 1);
    expect(page.entries[size]?.entry).toMatchObject({
      type: 'sequences_reset',
      node_id: 'node-a',
      data: {
        actor: 'socket',
        why: 'its counter ran away',
        to,
        lowered: Object.fromEntries(kinds.map((kind) => [kind, HIGHEST])),
      },
    });
    // The entry is part of the tree whose root every config carries.
    const range = new CompactRange();
    for (const { entry } of page.entries) {
      const { revealed: _, ...logged } = entry;
      range.append(leafHash(new TextEncoder().encode(canonicalJson(logged as never))));
    }
    expect(encodeBase64(range.root())).toBe(page.root_hash);
    // A second reset has nothing left to lower.
    expect((await controller.admin.resetSequence('node-a', 'again')).lowered).toEqual([]);
    expect((await controller.admin.log()).size).toBe(page.size);

    await clock.advance(10);
    await node.client.reportEndpoint(node.endpoint([]));
    await node.leave();
    await node.client.reportApplied(applied(node, node.nextSequence()));
    await node.submit(0.9);
    await openNextEpoch(controller);
    expect((await controller.admin.node('node-a')).membership).toBe('ALLOWED');
    node.close();
  });
});

describe('after the reset, what was accepted before', () => {
  it('stays refused: with an old number because of the number, with a number ahead of the clock because of its age', async () => {
    await using mesh = await runningMesh(['node-a']);
    const node = mesh.node('node-a');
    const { admin } = mesh.controller;
    const past = node.benchmark(0.9);
    await node.client.submitBenchmark(past);
    await mesh.clock.advance(1_000);
    const ahead = node.benchmark(0.9, { sequence: Math.floor(mesh.clock.nowMs()) + LEAD });
    await node.client.submitBenchmark(ahead);
    await mesh.clock.advance(1_000);
    expect((await admin.resetSequence('node-a', 'too far ahead')).lowered).toHaveLength(1);
    const replay = (message: typeof past) => problemOf(node.client.submitBenchmark(message));
    expect((await replay(past)).code).toBe('sequence_replayed');
    await mesh.clock.advance(mesh.controller.running.services.policy().maxBenchmarkAgeMs);
    expect((await replay(ahead)).code).toMatch(/^(benchmark_stale|clock_skew)$/);
    expect((await node.submit(0.9)).status).toBe('received');
  });
});
