// A disk that takes no writes: denials still go out, nothing else does, and it goes on by itself.

import { type Command, done, lastEpochId, refused } from '@mesh/membership';
import { parseEpochId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { enrolmentRequest, openNextEpoch, until } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';

describe('while storage fails', () => {
  it('a failing benchmark cuts its node, is answered with 503, and is in the log in the end', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    const { controller, clock } = mesh;
    const { services } = controller.running;
    const { version, lease_seconds } = await fullConfig(mesh.node('node-a'));
    expect(lease_seconds).toBe(180);
    const query = mesh.node('node-a').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh);
    const sizeBefore = services.journal.head().size;
    controller.failWrites(true);
    await clock.advance(20_000);
    // The failure is noticed by whatever is to be written first.
    expect(await problemOf(mesh.node('node-b').submit(0.9))).toMatchObject({ code: 'storage_unavailable' });
    expect(controller.waitingQueries()).toBe(1);

    expect(await problemOf(mesh.node('node-c').submit(0.1))).toEqual({
      code: 'storage_unavailable',
      retryAfter: 1,
    });
    const delta = asDelta(await query);
    expect(delta).toMatchObject({ removed: ['node-c'], added: [] });
    // What is said now renews no lease: the node was told of 180 s 20 s ago.
    expect(delta.lease_seconds).toBe(160);
    expect(services.view.node('node-c')?.membership).toBe('admitted');
    expect(await fullConfig(mesh.node('node-c'))).toMatchObject({ allowed: false, peers: [] });
    const again = await problemOf(mesh.node('node-a').config({ version: delta.version }));
    expect(again).toEqual({ code: 'storage_unavailable', retryAfter: 1 });
    expect(services.journal.head().size).toBe(sizeBefore);

    controller.failWrites(false);
    await clock.advance(500);
    expect(services.view.node('node-c')?.membership).toBe('denied');
    const { entries } = await controller.admin.log({ from: sizeBefore });
    expect(entries.map(({ entry }) => entry.type)).toEqual([
      'storage_recovered',
      'benchmark_accepted',
      'node_denied',
    ]);
    expect(entries[2]?.entry).toMatchObject({ node_id: 'node-c', data: { reason_code: 'below_threshold' } });
    // Who was told of a shorter lease hears of the full one.
    expect((await mesh.node('node-a').config({ version: delta.version }))?.body.lease_seconds).toBe(180);
  });

  it('nothing is admitted, no epoch is published, health says so; then all of it goes on', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { controller, clock } = mesh;
    const { view, journal } = controller.running.services;
    await mesh.node('node-a').submit(0.9);
    const token = await controller.token();
    const request = await enrolmentRequest(controller, 'node-n', token);
    const epochBefore = lastEpochId(view);
    controller.failWrites(true);
    expect(await problemOf(controller.public.enrol(request))).toMatchObject({ code: 'storage_unavailable' });
    expect(await problemOf(mesh.node('node-a').submit(0.95))).toMatchObject({ code: 'storage_unavailable' });
    expect(await problemOf(controller.public.health())).toMatchObject({ code: 'storage_unavailable' });
    await clock.advance(90_000);
    expect(lastEpochId(view)).toBe(epochBefore);
    // A transaction that has nothing to write succeeds, and says nothing about the disk.
    await problemOf(controller.admin.quarantine('nobody', 'x'));
    expect(journal.failing).toBe(true);

    controller.failWrites(false);
    await clock.advance(500);
    expect(journal.failing).toBe(false);
    await clock.advance(1_000);
    await until('an epoch', () => lastEpochId(view) > epochBefore);
    expect((await controller.public.enrol(request)).node_id).toBe('node-n');
    expect((await controller.public.health()).status).toBe('ok');
  });

  it('a node that was cut for a result that was never stored needs a new good one', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller, clock } = mesh;
    controller.failWrites(true);
    await problemOf(mesh.node('node-b').submit(0.1));
    controller.failWrites(false);
    expect((await mesh.node('node-b').submit(0.9)).membership).toBe('DENIED');
    await clock.advance(500);
    expect(controller.running.services.view.node('node-b')).toMatchObject({
      membership: 'denied',
      goodStreak: { count: 0 },
    });
  });

  it('staleness and quarantine cut too', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    const { controller, clock } = mesh;
    const { standing, view } = controller.running.services;
    const allowed = (name: string) => {
      const node = view.node(name);
      return node !== undefined && standing(node).allowed;
    };
    controller.failWrites(true);
    expect(await problemOf(controller.admin.quarantine('node-b', 'odd'))).toMatchObject({
      code: 'storage_unavailable',
    });
    expect([allowed('node-a'), allowed('node-b'), allowed('node-c')]).toEqual([true, false, true]);
    await clock.advance(130_000);
    expect([allowed('node-a'), allowed('node-c')]).toEqual([false, false]);
    expect(view.node('node-a')?.membership).toBe('admitted');
    controller.failWrites(false);
    await clock.advance(500);
    expect(['node-a', 'node-b', 'node-c'].map((name) => view.node(name)?.membership)).toEqual([
      'denied',
      'denied',
      'denied',
    ]);
  });

  it('what denied is stored with its denial: nobody comes back at the boundary after', async () => {
    await using mesh = await runningMesh(['revoked', 'quarantined', 'left', 'bad']);
    const { controller, clock } = mesh;
    const { view } = controller.running.services;
    for (const node of Object.values(mesh.nodes)) await node.submit(0.9);
    controller.failWrites(true);
    const unavailable = { code: 'storage_unavailable', retryAfter: 1 };
    expect(await problemOf(controller.admin.revoke('revoked', 'stolen'))).toEqual(unavailable);
    expect(await problemOf(controller.admin.quarantine('quarantined', 'odd'))).toEqual(unavailable);
    expect(await problemOf(mesh.node('left').leave())).toEqual(unavailable);
    for (let times = 0; times < 3; times++)
      expect(await problemOf(mesh.node('bad').submit(0.1))).toEqual(unavailable);
    const sizeBefore = controller.running.services.journal.head().size;
    controller.failWrites(false);
    await clock.advance(500);
    const { entries } = await controller.admin.log({ from: sizeBefore });
    expect(entries.map(({ entry }) => `${entry.type} ${entry.node_id ?? ''}`.trim())).toEqual([
      'storage_recovered',
      'node_revoked revoked',
      'node_denied revoked',
      'node_quarantined quarantined',
      'node_denied quarantined',
      'node_left left',
      'node_denied left',
      'benchmark_accepted bad',
      'node_denied bad',
    ]);
    await openNextEpoch(controller);
    await openNextEpoch(controller);
    const of = (name: string) => [view.node(name)?.status, view.node(name)?.membership];
    expect(of('revoked')).toEqual(['revoked', 'denied']);
    expect(of('quarantined')).toEqual(['quarantined', 'denied']);
    expect(of('left')).toEqual(['active', 'denied']);
    expect(of('bad')).toEqual(['active', 'denied']);
  });
});

describe('a cut', () => {
  it('is taken back when its command denies nobody after all, unless another upholds it', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { judge, view, standing } = mesh.controller.running.services;
    const node = (name: string) => {
      const found = view.node(name);
      if (found === undefined) throw new Error(`there is no ${name}`);
      return found;
    };
    const allowed = (name: string) => standing(node(name)).allowed;
    /** Foreseen as a denial, refused when its turn comes. */
    const overtaken = (name: string, atItsTurn: () => void = () => {}): Command => {
      const { nodeId } = node(name);
      const reason = { code: 'revoked' } as const;
      let isTurn = false;
      return () => {
        if (isTurn) {
          atItsTurn();
          return refused(problem('state_conflict', 'overtaken'));
        }
        isTurn = true;
        return done([{ type: 'node_denied', nodeId, epochId: parseEpochId(1), reason }]);
      };
    };
    const alone = judge.run(overtaken('node-b'));
    expect(allowed('node-b')).toBe(false);
    expect(await problemOf(alone)).toMatchObject({ code: 'state_conflict' });
    expect(allowed('node-b')).toBe(true);

    // What comes while a batch is being written waits for the next.
    let another: Promise<unknown> | undefined;
    const first = judge.run(
      overtaken('node-a', () => {
        another = problemOf(judge.run(overtaken('node-a')));
      }),
    );
    expect(await first.catch(() => allowed('node-a'))).toBe(false);
    expect(await another).toMatchObject({ code: 'state_conflict' });
    expect(allowed('node-a')).toBe(true);
  });
});
