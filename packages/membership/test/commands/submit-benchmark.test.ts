// Which benchmarks are accepted, at each limit and one step to either side.

import { parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../support/mesh.ts';

const A_DAY_MS = 24 * 3_600_000;

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  mesh.enrol('node-a');
});

const codeOf = (outcome: ReturnType<Mesh['run']>) =>
  outcome.kind === 'done' ? 'accepted' : outcome.problem.code;

describe('submit-benchmark', () => {
  it.each([
    [-1, 'sequence_replayed'],
    [0, 'sequence_replayed'],
    [1, 'accepted'],
  ])('sequence last%+d is %s', (step, expected) => {
    mesh.run(mesh.submission('node-a', 0.9, { sequence: 1000 }));
    const outcome = mesh.run(mesh.submission('node-a', 0.9, { sequence: 1000 + step }));
    expect(codeOf(outcome)).toBe(expected);
    if (outcome.kind === 'refused') expect(outcome.problem.last_sequence).toBe(1000);
  });

  it.each([
    [0, 'accepted'],
    [1, 'sequence_too_far'],
    [Number.MAX_SAFE_INTEGER - NOW - A_DAY_MS, 'sequence_too_far'],
  ])(
    'a sequence %d above a day ahead of the time is %s, and does not lock the node out',
    (above, expected) => {
      const highest = mesh.nowMs + A_DAY_MS;
      const outcome = mesh.run(mesh.submission('node-a', 0.9, { sequence: highest + above }));
      expect(codeOf(outcome)).toBe(expected);
      if (outcome.kind === 'refused')
        expect(outcome.problem).toMatchObject({ last_sequence: 0, highest_sequence: highest });
      expect(codeOf(mesh.run(mesh.submission('node-a', 0.9)))).toBe('accepted');
    },
  );

  it.each([
    [29_999, 'accepted'],
    [30_000, 'accepted'],
    [30_001, 'benchmark_from_future'],
    [-119_999, 'accepted'],
    [-120_000, 'accepted'],
    [-120_001, 'benchmark_stale'],
  ])('measured %d ms from arrival by a good clock: %s', (offset, expected) => {
    const outcome = mesh.run(mesh.submission('node-a', 0.9, { measuredAtMs: NOW + offset }));
    expect(codeOf(outcome)).toBe(expected);
    if (outcome.kind === 'refused') expect(outcome.problem.skew_ms).toBe(0);
  });

  it.each([
    [40_000, 'ahead of'],
    [-200_000, 'behind'],
  ])('a clock that is off by %d ms is reported, with the difference', (skew, words) => {
    const outcome = mesh.run(
      mesh.submission('node-a', 0.9, { measuredAtMs: NOW + skew, sentAtMs: NOW + skew }),
    );
    expect(outcome).toMatchObject({ kind: 'refused', problem: { code: 'clock_skew', skew_ms: skew } });
    if (outcome.kind === 'refused') expect(outcome.problem.detail).toContain(words);
  });

  it('a clock that is off does not matter while the benchmark itself is timely', () => {
    const outcome = mesh.run(mesh.submission('node-a', 0.9, { sentAtMs: NOW + 300_000 }));
    expect(codeOf(outcome)).toBe('accepted');
  });

  it.each([
    ['challenge-now', 'accepted'],
    ['challenge-before', 'accepted'],
    ['challenge-long-ago', 'challenge_wrong'],
    [undefined, 'challenge_wrong'],
  ])('where the policy asks for a challenge, %s is %s', (challenge, expected) => {
    mesh.policy = parsePolicy({ requireChallenge: true });
    const over = challenge === undefined ? {} : { challenge };
    expect(codeOf(mesh.run(mesh.submission('node-a', 0.9, over)))).toBe(expected);
  });

  it('a refusal makes no event and changes nothing', () => {
    mesh.run(mesh.submission('node-a', 0.9, { sequence: 7 }));
    const before = mesh.node('node-a');
    mesh.nowMs += 5;
    const outcome = mesh.run(mesh.submission('node-a', 0.1, { sequence: 7 }));
    expect(outcome).toMatchObject({ kind: 'refused', events: [] });
    expect(mesh.node('node-a')).toBe(before);
  });

  it.each(['quarantined', 'revoked'] as const)('a node that is %s', (status) => {
    mesh.apply({
      type: status === 'revoked' ? 'node_revoked' : 'node_quarantined',
      nodeId: mesh.node('node-a').nodeId,
      why: 'test',
      actor: { kind: 'socket' },
    });
    const outcome = mesh.run(mesh.submission('node-a', 0.9));
    expect(codeOf(outcome)).toBe(status === 'revoked' ? 'node_revoked' : 'accepted');
    mesh.freeze();
    expect(mesh.node('node-a').membership).not.toBe('admitted');
  });

  it('a bad score denies an admitted node at once, a good one admits nobody before the freeze', () => {
    mesh.run(mesh.submission('node-a', 0.9));
    expect(mesh.node('node-a').membership).toBe('never');
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('admitted');
    const outcome = mesh.run(mesh.submission('node-a', 0.6999));
    expect(outcome.events.map((event) => event.type)).toEqual(['benchmark_accepted', 'node_denied']);
    expect(mesh.node('node-a')).toMatchObject({ membership: 'denied', admittedSince: undefined });
    mesh.run(mesh.submission('node-a', 0.9));
    expect(mesh.node('node-a').membership).toBe('denied');
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('admitted');
  });

  it('the threshold itself is good enough', () => {
    mesh.run(mesh.submission('node-a', 0.7));
    mesh.freeze();
    expect(mesh.node('node-a').membership).toBe('admitted');
  });
});
