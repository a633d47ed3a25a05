// A node within the warning band of its policy stays in but is limited. That is decided with every result,
// and ends only after several results outside the band.

import type { Command, Outcome } from '@mesh/membership';
import {
  denyStale,
  leaveMesh,
  MembershipIndex,
  PairLimits,
  Peering,
  quarantineOrRevoke,
  recordCuts,
} from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import type { LeaveMessage } from '@mesh/protocol';
import { NO_STREAK, parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../../../../packages/membership/test/support/mesh.ts';
import { Publication } from '../../src/publish/publication.ts';
import { Waiters } from '../../src/publish/waiters.ts';
import { controllerConfig, policyOf } from '../../src/settings/config.ts';

const band = { threshold: 0.5, declining: { below: 0.7 }, minResultGapMs: 1_000 };
const LIMIT = 2_000_000;
const settings = { policy: band, declining: { limit_bits_per_second: LIMIT } };

describe('a decision', () => {
  const typesOf = (outcome: Outcome) => outcome.events.map(({ type }) => type);
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

  it('limits with the first result in the band, keeps the limit, and ends it with the third result outside', () => {
    const mesh = inBand();
    expect(mesh.node('node-a')).toMatchObject({ declining: false });
    expect(submit(mesh, 0.69)).toEqual(['benchmark_accepted', 'node_declining']);
    expect(mesh.node('node-a')).toMatchObject({ membership: 'admitted', declining: true });
    expect(submit(mesh, 0.6)).toEqual(['benchmark_accepted']);
    for (const overall of [0.9, 0.69, 0.9, 0.7])
      expect(submit(mesh, overall)).toEqual(['benchmark_accepted']);
    expect(mesh.node('node-a')).toMatchObject({ declining: true, clearStreak: { count: 2 } });
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

  it('denies a declining node whose score falls further; it comes back declining until its results are clear', () => {
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

  it('is not changed by leaving and coming back', () => {
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
        quarantineOrRevoke({ change: 'quarantine', nodeId: 'node-a', why: 'x', actor: { kind: 'socket' } }),
    ],
  ])(
    'by %s denies the node, which is still declining afterwards',
    (_what, command: (mesh: Mesh) => Command) => {
      const mesh = inBand();
      submit(mesh, 0.6);
      mesh.nowMs += 120_001;
      expect(typesOf(mesh.run(command(mesh))).at(-1)).toBe('node_denied');
      expect(mesh.node('node-a').declining).toBe(true);
    },
  );

  it('at a freeze admits a node that is within the band from the start, as declining', () => {
    const mesh = inBand();
    mesh.enrol('node-b');
    expect(typesOf(mesh.run(mesh.submission('node-b', 0.6)))).toEqual(['benchmark_accepted']);
    expect(typesOf(mesh.freeze())).toEqual(['node_admitted', 'node_declining', 'epoch_opened']);
    expect(mesh.node('node-b')).toMatchObject({ membership: 'admitted', declining: true });
    expect(typesOf(mesh.freeze())).toEqual(['epoch_opened']);
  });

  it('at a freeze follows a changed policy, in both directions', () => {
    const mesh = inBand();
    for (let times = 0; times < 3; times++) submit(mesh, 0.8);
    mesh.policy = parsePolicy({ threshold: 0.5, declining: { below: 0.85 } });
    expect(typesOf(mesh.freeze())).toEqual(['node_declining', 'epoch_opened']);
    // Results that were clear under the previous policy do not count now.
    expect(mesh.node('node-a').clearStreak).toEqual(NO_STREAK);
    expect(submit(mesh, 0.9)).toEqual(['benchmark_accepted']);
    mesh.policy = parsePolicy({ threshold: 0.5 });
    expect(typesOf(mesh.freeze())).toEqual(['node_recovered', 'epoch_opened']);
  });

  it('that the disk refused is written once, as soon as the disk takes writes', () => {
    const mesh = inBand();
    mesh.enrol('node-b');
    const reason = { code: 'declining', metric: 'overall', score: 0.6, below: 0.7 } as const;
    const declines = new Map(['node-a', 'node-b', 'gone'].map((name) => [parseNodeId(name), reason]));
    const unrecorded = { commands: [], cuts: new Map(), declines, holds: new Map(), failedSinceMs: NOW };
    const written = [
      { type: 'storage_recovered', failedSinceMs: NOW },
      { type: 'node_declining', nodeId: 'node-a', epochId: 1, reason, recordedLate: true },
    ];
    expect(mesh.run(recordCuts(() => unrecorded)).events).toEqual(written);
    expect(mesh.run(recordCuts(() => ({ ...unrecorded, failedSinceMs: undefined }))).events).toEqual([]);
  });
});

describe('a configuration', () => {
  const refusalOf = (input: object) => () => policyOf(controllerConfig.parse(input));

  it('sets both the warning band and the limit, or neither', () => {
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
    'with an invalid limit is refused: %j',
    (declining) => {
      expect(controllerConfig.safeParse({ policy: band, declining }).success).toBe(false);
    },
  );
});

describe('a publication', () => {
  it('publishes every node that a batch admits or limits, whichever event comes first', () => {
    const mesh = new Mesh();
    mesh.policy = parsePolicy(band);
    mesh.admit('node-a');
    mesh.enrol('node-b');
    const members = new MembershipIndex(new Peering({}));
    const publication = new Publication({
      view: mesh.state,
      members,
      waiters: new Waiters(),
      pairLimits: new PairLimits({ classes: new Map(), probation: undefined, declining: LIMIT }, (node) =>
        members.isDeclining(node),
      ),
      endpointOf: () => null,
      counterStart: 0,
    });
    /** Runs several commands with one commit. */
    const batch = (...commands: (() => Outcome)[]) =>
      publication.apply(commands.flatMap((command) => command().events));
    const newsAfter = (...commands: (() => Outcome)[]) => {
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
