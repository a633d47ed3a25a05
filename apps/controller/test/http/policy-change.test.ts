// A policy that changes in a running controller: at the boundary, at once, over a restart, from the
// configuration; and one that is refused.

import { ProblemError } from '@mesh/protocol';
import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { backtestRoute } from '../../src/http/routes/backtest-route.ts';
import { openNextEpoch } from '../support/index.ts';
import { problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';
import { readAgain } from '../support/start-controller.ts';

const NODES = ['node-a', 'node-b'];
const stricter = 'threshold: 0.8\n';

/** Two nodes that are in: a with 0.75, b with 0.95. */
async function meshOfTwo(config: Parameters<typeof runningMesh>[1] = {}): Promise<RunningMesh> {
  const mesh = await runningMesh(NODES, config);
  await mesh.node('node-a').submit(0.75);
  await mesh.node('node-b').submit(0.95);
  return mesh;
}

const membershipOf = async ({ controller }: RunningMesh, id: string) =>
  (await controller.admin.node(id)).membership;
const standings = async (mesh: RunningMesh) => Promise.all(NODES.map((id) => membershipOf(mesh, id)));
const inForce = async ({ controller }: RunningMesh) => (await controller.admin.policy()).in_force;

describe('a policy that is set', () => {
  it('is shown with whom it cuts, applies at the next boundary, and survives a restart', async () => {
    await using mesh = await meshOfTwo();
    const { admin } = mesh.controller;
    const changed = await admin.setPolicy({ text: stricter, reason: 'too many bad answers' });
    expect(changed).toMatchObject({
      version: 2,
      applies: 'next_boundary',
      differences: [{ path: 'threshold', before: 0.7, after: 0.8 }],
      weaker: [],
      nodes: [
        { node_id: 'node-a', now: 'good', would_be: 'denied', effect: 'cut', reason_code: 'below_threshold' },
        { node_id: 'node-b', now: 'good', would_be: 'good', effect: 'none' },
      ],
    });
    expect(await standings(mesh)).toEqual(['ALLOWED', 'ALLOWED']);
    expect(await admin.policy()).toMatchObject({
      in_force: { version: 1, from: 'configuration' },
      next: { version: 2 },
    });

    for (const id of NODES) await mesh.node(id).submit(id === 'node-a' ? 0.75 : 0.95);
    await openNextEpoch(mesh.controller);
    expect(await standings(mesh)).toEqual(['DENIED', 'ALLOWED']);

    await mesh.controller.restart();
    expect(await inForce(mesh)).toMatchObject({ version: 2, from: 'operator', policy: { threshold: 0.8 } });
    for (const id of NODES) await mesh.node(id).reconnect();
    expect((await mesh.node('node-b').submit(0.75)).membership).toBe('DENIED');
  });

  it('survives a restart while it waits, and applies then', async () => {
    await using mesh = await meshOfTwo();
    await mesh.controller.admin.setPolicy({ text: stricter, reason: 'test' });
    await mesh.controller.restart();
    expect(await inForce(mesh)).toMatchObject({ version: 2, policy: { threshold: 0.8 } });
  });

  it('does not overwrite one that its sender has not seen', async () => {
    await using mesh = await meshOfTwo();
    const { admin } = mesh.controller;
    const set = (text: string) => admin.setPolicy({ text, reason: 'test', replaces: 1 });
    await set(stricter);
    expect(await problemOf(set('threshold: 0.9'))).toMatchObject({ code: 'state_conflict' });
    expect(await admin.policy()).toMatchObject({ next: { version: 2, policy: { threshold: 0.8 } } });
  });

  it('cuts at once if it is asked to', async () => {
    await using mesh = await meshOfTwo();
    await mesh.controller.admin.setPolicy({ text: stricter, reason: 'test', at_once: true });
    expect(await standings(mesh)).toEqual(['DENIED', 'ALLOWED']);
  });

  it('cuts at once with a disk that fails, and is recorded when the disk is back', async () => {
    await using mesh = await meshOfTwo();
    mesh.controller.failWrites(true);
    const refused = mesh.controller.admin.setPolicy({ text: stricter, reason: 'test', at_once: true });
    expect(await problemOf(refused)).toMatchObject({ code: 'storage_unavailable' });
    expect(await standings(mesh)).toEqual(['DENIED', 'ALLOWED']);
    mesh.controller.failWrites(false);
    await mesh.clock.advance(1_000);
    await expect.poll(async () => (await inForce(mesh))?.version).toBe(2);
    expect(await standings(mesh)).toEqual(['DENIED', 'ALLOWED']);
  });

  it('keeps a longer age: a node whose old time to turn stale passes stays in', async () => {
    await using mesh = await meshOfTwo();
    await mesh.controller.admin.setPolicy({ text: 'maxBenchmarkAgeMs: 600000', reason: 'test' });
    for (let epochs = 0; epochs < 4; epochs++) await openNextEpoch(mesh.controller);
    expect(await standings(mesh)).toEqual(['ALLOWED', 'ALLOWED']);
    for (let epochs = 0; epochs < 8; epochs++) await openNextEpoch(mesh.controller);
    expect(await standings(mesh)).toEqual(['DENIED', 'DENIED']);
  });

  it('is logged with its text, its hash and what became weaker', async () => {
    await using mesh = await meshOfTwo();
    const { admin } = mesh.controller;
    const { sha256 } = await admin.setPolicy({ text: 'threshold: 0.5', reason: 'the suite is new' });
    await openNextEpoch(mesh.controller);
    const { entries } = await admin.log({ limit: 1_000 });
    const of = (type: string) => entries.map(({ entry }) => entry).filter((entry) => entry.type === type);
    expect(of('policy_changed').at(-1)).toMatchObject({
      data: {
        version: 2,
        policy_sha256: sha256,
        policy: { threshold: 0.5, maxBenchmarkAgeMs: 120_000 },
        weaker: expect.arrayContaining(['threshold falls from 0.7 to 0.5']),
        actor: 'socket',
        why: 'the suite is new',
      },
    });
    expect(of('policy_applied').at(-1)).toMatchObject({ data: { version: 2 }, epoch_id: expect.any(Number) });
    expect(mesh.controller.logLines.some((line) => line.includes('it is weaker: threshold falls'))).toBe(
      true,
    );
  });
});

describe('a policy that is refused', () => {
  it.each([
    ['threshold: 0.7\nfloors:\n  refusal: 2\n', 'line 3, column 12: floors.refusal: must be at most 1'],
    ['threshold: 0.7\ntreshold: 0.6\n', 'line 2, column 11: treshold: unknown key'],
    ['threshold: [0.7\n', 'line '],
    ['declining: { below: 0.9 }', 'line 1, column 12: declining: no limit is set'],
    ['just text', 'expected object'],
    ['a: &a 1\nb: *c', 'alias'],
  ])('says where %j is wrong, and the old one stays', async (text, says) => {
    await using mesh = await runningMesh([]);
    const refused = await mesh.controller.admin
      .setPolicy({ text, reason: 'test' })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ProblemError);
    expect((refused as ProblemError).problem).toMatchObject({
      code: 'policy_refused',
      detail: expect.stringContaining(says),
    });
    expect(await mesh.controller.admin.policy()).toMatchObject({ in_force: { version: 1 }, next: null });
  });

  it('names the setting of the controller that it does not fit', async () => {
    const config = { policy: { classes: [{ name: 'gold' }] }, classes: { gold: {} } };
    await using mesh = await runningMesh([], config);
    const refused = mesh.controller.admin.checkPolicy({ text: 'threshold: 0.7' });
    await expect(refused).rejects.toThrow(
      "the controller's setting classes.gold: the policy has no class gold",
    );
  });

  it('names an attestor that has the key of a node that was revoked', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { admin, running } = mesh.controller;
    const text = JSON.stringify({ attestors: { bench: running.services.view.node('node-a')?.identityKey } });
    await expect(admin.checkPolicy({ text })).resolves.toMatchObject({ warnings: expect.any(Array) });
    await admin.revoke('node-a', 'test');
    await expect(admin.checkPolicy({ text })).rejects.toThrow('attestor bench: the key');
    expect(await problemOf(admin.setPolicy({ text, reason: 'test' }))).toMatchObject({ code: 'key_spent' });
  });
});

describe("the configuration's policy", () => {
  it('applies at the next boundary when it is read again and has changed', async () => {
    await using mesh = await meshOfTwo();
    const { controller } = mesh;
    const read = readAgain(controller.directory, { policy: { threshold: 0.8 }, mtu: 1_300 });
    await controller.running.reload(read);
    expect(await standings(mesh)).toEqual(['ALLOWED', 'ALLOWED']);
    const said = controller.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said.find(({ differences }) => differences !== undefined)).toMatchObject({
      differences: ['threshold: 0.7 → 0.8'],
      would_cut: ['node-a'],
      would_hold: [],
      would_admit: [],
      msg: expect.stringContaining('would cut 1 nodes, hold 0 and admit 0'),
    });
    await openNextEpoch(controller);
    expect(await standings(mesh)).toEqual(['DENIED', 'ALLOWED']);
    expect(controller.logLines.some((line) => line.includes('count after a restart only: mtu'))).toBe(true);
    await controller.running.reload(read);
    expect((await controller.admin.policy()).next).toBeNull();
    expect(controller.logLines.filter((line) => line.includes('would_cut'))).toHaveLength(1);
  });

  it('is refused when it is read again and does not fit, and the old one stays', async () => {
    await using mesh = await runningMesh([], {
      policy: { classes: [{ name: 'gold' }] },
      classes: { gold: {} },
    });
    const { controller } = mesh;
    await controller.running.reload(readAgain(controller.directory, { threshold: 0.9 }));
    expect((await controller.admin.policy()).next).toBeNull();
    expect(controller.logLines.some((line) => line.includes('the policy has no class gold'))).toBe(true);
  });
});

describe('a replay of the log', () => {
  it('says whom another policy would have cut, and changes nothing', async () => {
    await using mesh = await meshOfTwo();
    const { admin } = mesh.controller;
    await openNextEpoch(mesh.controller);
    await mesh.node('node-a').submit(0.75);
    await openNextEpoch(mesh.controller);
    const found = await admin.backtestPolicy({ text: stricter, since_seconds: 3_600 });
    expect(found).toMatchObject({
      // With those of the nodes' beginning.
      results: 5,
      erased_results: 0,
      nodes: [
        {
          ...{ node_id: 'node-a', effect: 'cut', recorded_cuts: 0, now: { cuts: 0 } },
          first: { standing: 'denied', reason_code: 'below_threshold' },
        },
        { node_id: 'node-b', effect: 'none' },
      ],
    });
    expect(await standings(mesh)).toEqual(['ALLOWED', 'ALLOWED']);
    expect(await problemOf(admin.backtestPolicy({ text: 'treshold: 1' }))).toMatchObject({
      code: 'policy_refused',
    });
  });

  it('is made for one at a time, at whichever door', async () => {
    await using mesh = await meshOfTwo();
    const { services } = mesh.controller.running;
    const app = new Hono().post('/one', backtestRoute(services)).post('/other', backtestRoute(services));
    app.onError((error) => Response.json((error as ProblemError).problem, { status: 429 }));
    const ask = async (door: string) => {
      const headers = { 'content-type': 'application/json' };
      return app.request(door, { method: 'POST', headers, body: JSON.stringify({ text: stricter }) });
    };
    const [first, second] = await Promise.all([ask('/one'), ask('/other')]);
    expect(first.status).toBe(200);
    expect(await second.json()).toMatchObject({ code: 'rate_limited' });
    expect((await ask('/other')).status).toBe(200);
  });
});

describe('the explanation of a node', () => {
  it('gives each rule with the numbers of the node', async () => {
    await using mesh = await meshOfTwo({ policy: { floors: { overall2: 0 } } });
    const explained = await mesh.controller.admin.explainNode('node-a');
    expect(explained).toMatchObject({ node_id: 'node-a', membership: 'DENIED', policy_version: 1 });
    expect(explained.rules.filter(({ met }) => !met)).toMatchObject([
      { rule: 'benchmark', decides: 'denied' },
    ]);
    await mesh.controller.admin.setPolicy({ text: stricter, reason: 'test' });
    await openNextEpoch(mesh.controller);
    expect((await mesh.controller.admin.explainNode('node-a')).rules).toContainEqual({
      rule: 'threshold',
      decides: 'denied',
      met: false,
      sentence: "overall 0.75 is below the policy's threshold of 0.80",
    });
  });
});
