// A node within the warning band of its policy stays, limited: decided with every result, in force at once and ahead of
// the disk, told without a key, remembered over a restart, and over only after several results outside the band.

import { readFileSync } from 'node:fs';
import { parseEpochId } from '@mesh/primitives';
import { type LeaveMessage, type ProblemError, problem, statusFile } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { describe, expect, it, vi } from 'vitest';
import { denyStale } from '../src/commands/deny-stale.ts';
import { leaveMesh } from '../src/commands/leave-mesh.ts';
import { type Command, done, type Outcome, refused } from '../src/commands/outcome.ts';
import { quarantineOrRevoke } from '../src/commands/quarantine-or-revoke.ts';
import { recordCuts } from '../src/commands/record-cuts.ts';
import { controllerConfig, policyOf } from '../src/config.ts';
import { PskDeriver } from '../src/epochs/psk-deriver.ts';
import { MembershipIndex } from '../src/publish/membership-index.ts';
import { PairLimits } from '../src/publish/pair-limits.ts';
import { Peering } from '../src/publish/peering.ts';
import { Publication } from '../src/publish/publication.ts';
import { Waiters } from '../src/publish/waiters.ts';
import { openNextEpoch, until } from './kit/index.ts';
import { Mesh, NOW } from './support/mesh.ts';
import { asDelta, fullConfig, problemOf, type RunningMesh, runningMesh } from './support/running-mesh.ts';

const band = { threshold: 0.5, declining: { below: 0.7 } };
const LIMIT = 2_000_000;
const settings = { policy: band, declining: { limit_bits_per_second: LIMIT } };

describe('a decision', () => {
  const typesOf = (outcome: Outcome<unknown>) => outcome.events.map(({ type }) => type);
  const inBand = (): Mesh => {
    const mesh = new Mesh();
    mesh.policy = parsePolicy(band);
    mesh.admit('node-a');
    return mesh;
  };
  const submit = (mesh: Mesh, overall: number) => {
    mesh.nowMs += 1_000;
    return typesOf(mesh.run(mesh.submission('node-a', overall)));
  };

  it('limits with the first result in the band, keeps the limit, and ends it with the third one outside', () => {
    const mesh = inBand();
    expect(mesh.node('node-a')).toMatchObject({ declining: false });
    expect(submit(mesh, 0.69)).toEqual(['benchmark_accepted', 'node_declining']);
    expect(mesh.node('node-a')).toMatchObject({ membership: 'admitted', declining: true });
    expect(submit(mesh, 0.6)).toEqual(['benchmark_accepted']);
    for (const overall of [0.9, 0.69, 0.9, 0.7])
      expect(submit(mesh, overall)).toEqual(['benchmark_accepted']);
    expect(mesh.node('node-a')).toMatchObject({ declining: true, consecutiveClear: 2 });
    expect(submit(mesh, 0.7)).toEqual(['benchmark_accepted', 'node_recovered']);
    expect(mesh.node('node-a')).toMatchObject({ declining: false, readmitted: false });
    expect(mesh.events.filter(({ type }) => type === 'node_declining')).toEqual([
      {
        type: 'node_declining',
        nodeId: 'node-a',
        epochId: 1,
        reason: { code: 'declining', metric: 'overall', score: 0.69, below: 0.7 },
      },
    ]);
    expect(mesh.events.at(-1)).toMatchObject({ type: 'node_recovered', epochId: 1, reason: { code: 'ok' } });
  });

  it('denies a declining node that sinks further, which comes back declining until its results are clear', () => {
    const mesh = inBand();
    submit(mesh, 0.6);
    expect(submit(mesh, 0.49)).toEqual(['benchmark_accepted', 'node_denied']);
    expect(mesh.node('node-a')).toMatchObject({ membership: 'denied', declining: true });
    submit(mesh, 0.9);
    expect(typesOf(mesh.freeze())).toEqual(['node_admitted', 'epoch_opened']);
    expect(mesh.node('node-a')).toMatchObject({ membership: 'admitted', declining: true });
    submit(mesh, 0.9);
    expect(submit(mesh, 0.9)).toEqual(['benchmark_accepted', 'node_recovered']);
  });

  it('is not shed by leaving and coming back', () => {
    const mesh = inBand();
    submit(mesh, 0.6);
    const left = { mesh_id: 'm', node_id: 'node-a', sequence: 1, instance_id: 'instance-1' };
    expect(typesOf(mesh.run(leaveMesh(left as LeaveMessage)))).toContain('node_denied');
    submit(mesh, 0.9);
    mesh.freeze();
    expect(mesh.node('node-a')).toMatchObject({ membership: 'admitted', declining: true });
  });

  it.each([
    ['staleness', (mesh: Mesh) => denyStale([...mesh.state.nodes()].map(({ nodeId }) => nodeId))],
    [
      'a quarantine',
      () =>
        quarantineOrRevoke({ change: 'quarantine', nodeId: 'node-a', why: 'x', actor: { kind: 'operator' } }),
    ],
  ])('by %s denies it, and its decline outlives that', (_what, command: (mesh: Mesh) => Command<unknown>) => {
    const mesh = inBand();
    submit(mesh, 0.6);
    mesh.nowMs += 120_001;
    expect(typesOf(mesh.run(command(mesh))).at(-1)).toBe('node_denied');
    expect(mesh.node('node-a').declining).toBe(true);
  });

  it('at a freeze lets a node in that is within the band from the start, declining', () => {
    const mesh = inBand();
    mesh.enrol('node-b');
    expect(typesOf(mesh.run(mesh.submission('node-b', 0.6)))).toEqual(['benchmark_accepted']);
    expect(typesOf(mesh.freeze())).toEqual(['node_admitted', 'node_declining', 'epoch_opened']);
    expect(mesh.node('node-b')).toMatchObject({ membership: 'admitted', declining: true });
    expect(typesOf(mesh.freeze())).toEqual(['epoch_opened']);
  });

  it('at a freeze follows a policy that was changed, both ways', () => {
    const mesh = inBand();
    for (let times = 0; times < 3; times++) submit(mesh, 0.8);
    mesh.policy = parsePolicy({ threshold: 0.5, declining: { below: 0.85 } });
    expect(typesOf(mesh.freeze())).toEqual(['node_declining', 'epoch_opened']);
    // What counted as clear under the policy before does not count now.
    expect(mesh.node('node-a').consecutiveClear).toBe(0);
    expect(submit(mesh, 0.9)).toEqual(['benchmark_accepted']);
    mesh.policy = parsePolicy({ threshold: 0.5 });
    expect(typesOf(mesh.freeze())).toEqual(['node_recovered', 'epoch_opened']);
  });

  it('that the disk refused is written when it can be, once', () => {
    const mesh = inBand();
    mesh.enrol('node-b');
    const reason = { code: 'declining', metric: 'overall', score: 0.6, below: 0.7 } as const;
    const declines = new Map([
      ['node-a', reason],
      ['node-b', reason],
      ['gone', reason],
    ]);
    const unrecorded = { commands: [], cuts: new Map(), declines, failedSinceMs: NOW };
    const written = [
      { type: 'storage_recovered', failedSinceMs: NOW },
      { type: 'node_declining', nodeId: 'node-a', epochId: 1, reason },
    ];
    expect(mesh.run(recordCuts(() => unrecorded)).events).toEqual(written);
    expect(mesh.run(recordCuts(() => ({ ...unrecorded, failedSinceMs: undefined }))).events).toEqual([]);
  });
});

describe('a configuration', () => {
  const refusalOf = (input: object) => () => policyOf(controllerConfig.parse(input));

  it('names both who is declining and how much they may carry, or neither', () => {
    expect(refusalOf({ policy: band })).toThrow('set declining.limit_bits_per_second');
    expect(refusalOf({ declining: { limit_bits_per_second: 5 } })).toThrow('set policy.declining.below');
    expect(refusalOf({ policy: { declining: { below: 0.6 } } })).toThrow(
      'policy.declining.below: 0.6 is not above',
    );
    expect(refusalOf(settings)).not.toThrow();
    const ofClass = { classes: [{ name: 'edge', declining: { below: 0.8 } }] };
    expect(refusalOf({ ...settings, policy: ofClass })).not.toThrow();
  });

  it.each([{ limit_bits_per_second: 0 }, {}, { limit_bits_per_second: 5, epochs: 3 }])(
    'whose limit is none is refused: %j',
    (declining) => {
      expect(controllerConfig.safeParse({ policy: band, declining }).success).toBe(false);
    },
  );
});

describe('a publication', () => {
  it('tells of whoever a batch lets in or limits, whichever of its events comes first', () => {
    const mesh = new Mesh();
    mesh.policy = parsePolicy(band);
    mesh.admit('node-a');
    mesh.enrol('node-b');
    const members = new MembershipIndex(new Peering({}));
    const publication = new Publication({
      view: mesh.state,
      members,
      waiters: new Waiters(),
      limits: new PairLimits({ classes: new Map(), probation: undefined, declining: LIMIT }, (node) =>
        members.isDeclining(node),
      ),
      endpointOf: () => null,
      counterStart: 0,
    });
    /** Several commands, and one commit for all of them. */
    const batch = (...commands: (() => Outcome<unknown>)[]) =>
      publication.apply(commands.flatMap((command) => command().events));
    const newsAfter = (...commands: (() => Outcome<unknown>)[]) => {
      const version = publication.currentVersion();
      batch(...commands);
      return publication.newsFor(mesh.node('node-a'), version);
    };
    const say = (overall: number) => () => {
      mesh.nowMs += 1_000;
      return mesh.run(mesh.submission('node-b', overall));
    };
    batch(() => mesh.freeze());
    expect(newsAfter(say(0.9), () => mesh.freeze())).toMatchObject({ changed: ['node-b'], limited: [] });
    expect(newsAfter(say(0.9), say(0.6))).toMatchObject({ changed: [], limited: ['node-b'] });
    expect(newsAfter(say(0.6))).toEqual({ kind: 'none' });
    expect(newsAfter(say(0.6), say(0.4))).toMatchObject({ changed: ['node-b'], limited: [] });
  });
});

describe('a running controller', () => {
  const NAMES = ['node-a', 'node-b', 'node-c'] as const;
  const waiting = ({ controller }: RunningMesh, count: number) =>
    until('queries to wait', () => controller.running.services.waiters.size === count);
  const limitsIn = (peers: readonly { node_id: string; limit?: { bits_per_second: number } | undefined }[]) =>
    Object.fromEntries(peers.map(({ node_id, limit }) => [node_id, limit?.bits_per_second ?? null]));
  const limitsAt = async (mesh: RunningMesh, name: string) =>
    limitsIn((await fullConfig(mesh.node(name))).peers);
  /** What every node is told, that waited with all it had, when something happens. */
  const told = async (mesh: RunningMesh, happen: () => Promise<unknown>) => {
    const versions = await Promise.all(
      NAMES.map(async (name) => (await fullConfig(mesh.node(name))).version),
    );
    const queries = NAMES.map((name, at) =>
      mesh.node(name).config({ version: versions[at] ?? '', waitSeconds: 25 }),
    );
    await waiting(mesh, NAMES.length);
    const derive = vi.spyOn(PskDeriver.prototype, 'derive');
    try {
      await happen();
      const deltas = (await Promise.all(queries)).map(asDelta);
      expect(derive).not.toHaveBeenCalled();
      for (const delta of deltas) {
        expect(delta).toMatchObject({ removed: [], allowed: true });
        expect(delta).not.toHaveProperty('keys');
      }
      return deltas.map(({ added }) => limitsIn(added));
    } finally {
      derive.mockRestore();
    }
  };

  it('tells a declining node and its peers at once, in deltas without a key, and again when it has recovered', async () => {
    await using mesh = await runningMesh(NAMES, settings);
    const node = mesh.node('node-b');
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': null, 'node-c': null });
    expect(await told(mesh, () => node.submit(0.6))).toEqual([
      { 'node-b': LIMIT },
      { 'node-a': LIMIT, 'node-c': LIMIT },
      { 'node-b': LIMIT },
    ]);
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });
    expect(await fullConfig(node)).toMatchObject({ allowed: true, reason_code: 'declining' });

    await node.submit(0.9);
    expect((await node.submit(0.9)).reason).toContain('2 so far');
    expect(await limitsAt(mesh, 'node-c')).toEqual({ 'node-a': null, 'node-b': LIMIT });
    expect(await told(mesh, () => node.submit(0.9))).toEqual([
      { 'node-b': null },
      { 'node-a': null, 'node-c': null },
      { 'node-b': null },
    ]);
    expect(await limitsAt(mesh, 'node-b')).toEqual({ 'node-a': null, 'node-c': null });
  });

  it('says so to operators and in its log, and remembers it over a restart', async () => {
    await using mesh = await runningMesh(NAMES, {
      ...settings,
      probation: { limit_bits_per_second: 3_000_000, epochs: 2 },
    });
    const { controller } = mesh;
    const summary = async (name: string) =>
      (await controller.admin.nodes()).nodes.find(({ node_id }) => String(node_id) === name);
    const good = { declining: false, limits: [], probation_until_epoch: null };
    expect(await summary('node-b')).toMatchObject(good);
    const sizeBefore = controller.running.services.journal.head().size;
    await mesh.node('node-b').submit(0.6);
    const declining = {
      membership: 'ALLOWED',
      reason_code: 'declining',
      declining: true,
      limits: [{ cause: 'declining', bits_per_second: LIMIT }],
      probation_until_epoch: null,
    };
    expect(await summary('node-b')).toMatchObject(declining);
    expect(await summary('node-a')).toMatchObject(good);
    const { entries } = await controller.admin.log({ from: sizeBefore });
    expect(entries.map(({ entry }) => entry.type)).toEqual(['benchmark_accepted', 'node_declining']);
    expect(entries[1]?.entry).toMatchObject({
      node_id: 'node-b',
      data: { reason_code: 'declining' },
      revealed: { reason: { metric: 'overall', score: 0.6, below: 0.7 } },
    });

    // Between the band and good standing only what was remembered keeps it declining.
    await mesh.node('node-b').submit(0.9);
    await controller.restart();
    for (const name of NAMES) mesh.node(name).reconnect();
    expect(await summary('node-b')).toMatchObject({ ...declining, reason_code: 'declining_streak' });
    expect((await mesh.node('node-b').submit(0.9)).reason).toContain('2 so far');
    await openNextEpoch(controller);
    const since = await controller.admin.log({ from: sizeBefore });
    expect(since.entries.filter(({ entry }) => /declining|recovered/.test(String(entry.type)))).toHaveLength(
      1,
    );
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });
    const statusNow = () => statusFile.parse(JSON.parse(readFileSync(controller.paths.status, 'utf8'))).nodes;
    await mesh.clock.advance(1_000);
    await expect
      .poll(() => statusNow()['node-b'])
      .toMatchObject({
        declining: true,
        limit_bits_per_second: LIMIT,
      });
    expect(statusNow()['node-a']).toMatchObject({ declining: false, limit_bits_per_second: null });

    await mesh.node('node-c').submit(0.1);
    await mesh.node('node-c').submit(0.6);
    const epochId = await openNextEpoch(controller);
    expect(await summary('node-c')).toMatchObject({
      declining: true,
      limits: [
        { cause: 'declining', bits_per_second: LIMIT },
        { cause: 'probation', bits_per_second: 3_000_000 },
      ],
      probation_until_epoch: epochId + 2,
    });
  });

  it('limits while the disk fails, answers 503, and has it in the log in the end', async () => {
    await using mesh = await runningMesh(NAMES, settings);
    const { controller, clock } = mesh;
    const { services } = controller.running;
    const sizeBefore = services.journal.head().size;
    const failed = async () => {
      controller.failWrites(true);
      const refusal = await problemOf(mesh.node('node-b').submit(0.6));
      expect(refusal).toMatchObject({ code: 'storage_unavailable' });
    };
    expect((await told(mesh, failed))[0]).toEqual({ 'node-b': LIMIT });
    expect(services.view.node('node-b')?.declining).toBe(false);
    expect(await fullConfig(mesh.node('node-b'))).toMatchObject({ allowed: true, reason_code: 'declining' });
    expect(services.journal.head().size).toBe(sizeBefore);
    // A good result that is not stored either changes nothing.
    await problemOf(mesh.node('node-b').submit(0.9));
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });

    controller.failWrites(false);
    await clock.advance(500);
    expect(services.view.node('node-b')).toMatchObject({ membership: 'admitted', declining: true });
    const { entries } = await controller.admin.log({ from: sizeBefore });
    expect(entries.map(({ entry }) => entry.type)).toEqual([
      'storage_recovered',
      'benchmark_accepted',
      'node_declining',
    ]);
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': LIMIT, 'node-c': null });
  });

  it('takes a limit back when its command limits nobody after all', async () => {
    await using mesh = await runningMesh(NAMES, settings);
    const { judge, view } = mesh.controller.running.services;
    const nodeId = view.node('node-b')?.nodeId;
    if (nodeId === undefined) throw new Error('there is no node-b');
    const reason = { code: 'declining', metric: 'overall', score: 0.6, below: 0.7 } as const;
    let isTurn = false;
    const overtaken: Command<undefined> = () => {
      if (isTurn) return refused(problem('state_conflict', 'overtaken'));
      isTurn = true;
      return done([{ type: 'node_declining', nodeId, epochId: parseEpochId(1), reason }], undefined);
    };
    const { version } = await fullConfig(mesh.node('node-a'));
    const running = problemOf(judge.run(overtaken));
    expect(mesh.controller.running.services.standing(view.node(nodeId) as never).declining).toBe(true);
    expect(await running).toMatchObject({ code: 'state_conflict' });
    expect(await limitsAt(mesh, 'node-a')).toEqual({ 'node-b': null, 'node-c': null });
    // Whoever asked in between is told again.
    const delta = asDelta(await mesh.node('node-a').config({ version }));
    expect(limitsIn(delta.added)).toEqual({ 'node-b': null });
  });

  it('never refuses a result for rate that limits its node, and counts every other', async () => {
    await using mesh = await runningMesh(NAMES, {
      ...settings,
      policy: { ...band, declining: { below: 0.7, consecutiveClear: 1 } },
      limits: { node_per_minute: 4, address_per_minute: 1_000 },
    });
    const node = mesh.node('node-b');
    const submit = (overall: number) =>
      node.submit(overall).then(
        ({ reason_code }) => reason_code,
        (error: ProblemError) => error.problem.code,
      );
    while ((await submit(0.9)) !== 'rate_limited');
    expect(await submit(0.6)).toBe('declining');
    expect(await submit(0.6)).toBe('rate_limited');
    expect(await submit(0.9)).toBe('rate_limited');
    expect(await submit(0.4)).toBe('below_threshold');
    expect(await submit(0.4)).toBe('rate_limited');
  });
});
