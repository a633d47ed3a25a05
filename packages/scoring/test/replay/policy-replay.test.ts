// Replays of evidence under a policy, and what differs between two.

import { type Benchmark, compareReplays, PolicyReplay, parsePolicy, type ReplayEvent } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { T0 } from '../support/example-evidence.ts';

const S = 1_000;
const result = (nodeId: string, second: number, overall: number): ReplayEvent => ({
  kind: 'benchmark',
  nodeId,
  atMs: T0 + second * S,
  benchmark: benchmark(second, overall),
});
const benchmark = (second: number, overall: number): Benchmark => ({
  scores: { overall },
  measuredAtMs: T0 + second * S,
  arrivedAtMs: T0 + second * S,
});
const boundary = (second: number): ReplayEvent => ({ kind: 'boundary', atMs: T0 + second * S });
const policyOf = (over: object = {}) => parsePolicy({ threshold: 0.7, ...over });

function replayed(events: readonly ReplayEvent[], untilSecond: number, over: object = {}, options = {}) {
  const replay = new PolicyReplay(policyOf(over), options);
  for (const event of events) replay.take(event);
  return replay.end(T0 + untilSecond * S);
}
const changesOf = (...given: Parameters<typeof replayed>) =>
  replayed(...given)[0]?.changes.map(({ atMs, standing, reason }) => [
    (atMs - T0) / S,
    standing,
    reason.code,
  ]);

describe('a node', () => {
  it('comes in at a boundary, goes out with a bad result, and comes back at a boundary', () => {
    const events = [
      result('a', 1, 0.9),
      boundary(10),
      result('a', 31, 0.6),
      boundary(40),
      result('a', 61, 0.9),
      boundary(70),
    ];
    expect(changesOf(events, 100)).toEqual([
      [10, 'good', 'ok'],
      [31, 'denied', 'below_threshold'],
      [70, 'good', 'ok'],
    ]);
    expect(replayed(events, 100)[0]).toMatchObject({ cuts: 1, inMs: (21 + 30) * S, decliningMs: 0 });
  });

  it('goes out at the moment at which its result turns stale', () => {
    expect(changesOf([result('a', 1, 0.9), boundary(10)], 1_000)).toEqual([
      [10, 'good', 'ok'],
      [121.001, 'denied', 'stale'],
    ]);
  });
  it('is not blamed for a time in which the controller was away', () => {
    const events: ReplayEvent[] = [
      result('a', 1, 0.9),
      boundary(10),
      { kind: 'restart', atMs: T0 + 500 * S },
      result('a', 510, 0.9),
      boundary(520),
    ];
    expect(changesOf(events, 530)).toEqual([[10, 'good', 'ok']]);
    // One that does not report after the restart either is.
    const silent = events.filter((event) => event.kind !== 'benchmark' || event.atMs < T0 + 500 * S);
    expect(changesOf(silent, 1_000)).toEqual([
      [10, 'good', 'ok'],
      [620, 'denied', 'stale'],
    ]);
  });

  it('is out while it is quarantined, has left or cannot be reached, under a policy that asks for that', () => {
    const inAt10 = [result('a', 1, 0.9), boundary(10)];
    const at = { nodeId: 'a', atMs: T0 + 20 * S } as const;
    expect(changesOf([...inAt10, { kind: 'status', ...at, status: 'quarantined' }], 30)?.at(-1)).toEqual([
      20,
      'denied',
      'quarantined',
    ]);
    expect(changesOf([...inAt10, { kind: 'left', ...at }, boundary(25)], 30)?.at(-1)).toEqual([
      20,
      'denied',
      'no_benchmark',
    ]);
    const unreachable: ReplayEvent = { kind: 'unreachable', ...at, sinceMs: T0 + 5 * S };
    expect(changesOf([...inAt10, unreachable], 30, { unreachableAfterMs: 10_000 })?.at(-1)).toEqual([
      20,
      'denied',
      'unreachable',
    ]);
    expect(changesOf([...inAt10, unreachable], 30)).toEqual([[10, 'good', 'ok']]);
  });

  it('is of the class that it was of', () => {
    const over = { classes: [{ name: 'lab', threshold: 0.5 }] };
    const events = [result('a', 1, 0.6), boundary(10)];
    const startOf = () => ({ status: 'active', className: 'lab' });
    expect(changesOf(events, 20, over)).toEqual([]);
    expect(changesOf(events, 20, over, { startOf })).toEqual([[10, 'good', 'ok']]);
    const moved: ReplayEvent = { kind: 'class', nodeId: 'a', atMs: T0 + 15 * S, className: 'default' };
    expect(changesOf([...events, moved], 20, over, { startOf })?.at(-1)).toEqual([
      15,
      'denied',
      'below_threshold',
    ]);
  });

  it('is not in before its time, and does not go back in time: events come in their order', () => {
    const events = [boundary(10), result('a', 11, 0.9), { ...result('a', 41, 0.9), atMs: T0 }, boundary(50)];
    expect(changesOf(events, 60)).toEqual([[50, 'good', 'ok']]);
  });
});

describe('two policies compared', () => {
  const events = [
    ...['a', 'b', 'c'].map((nodeId) => result(nodeId, 1, nodeId === 'c' ? 0.65 : 0.9)),
    boundary(10),
    ...['a', 'b', 'c'].map((nodeId) => result(nodeId, 31, { a: 0.72, b: 0.95, c: 0.66 }[nodeId] ?? 0)),
    boundary(40),
    ...['a', 'b', 'c'].map((nodeId) => result(nodeId, 61, nodeId === 'c' ? 0.65 : 0.95)),
    boundary(70),
  ];
  const compared = (over: object) => compareReplays(replayed(events, 100), replayed(events, 100, over));

  it('say who would have been cut, when, for how long and why, and who not', () => {
    const [first, ...others] = compared({ threshold: 0.8 });
    expect(first).toMatchObject({
      nodeId: 'a',
      effect: 'cut',
      now: { cuts: 0, inMs: 90 * S },
      wouldBe: { cuts: 1, inMs: 51 * S },
      first: {
        atMs: T0 + 31 * S,
        standing: 'denied',
        reason: { code: 'below_threshold', overall: 0.72, threshold: 0.8 },
      },
    });
    expect(others.map(({ nodeId, effect }) => [nodeId, effect])).toEqual([
      ['b', 'none'],
      ['c', 'none'],
    ]);
  });
  it('say who would have been let in', () => {
    expect(compared({ threshold: 0.6 })[0]).toMatchObject({
      nodeId: 'c',
      effect: 'in',
      now: { inMs: 0 },
      wouldBe: { inMs: 90 * S },
      first: { atMs: T0 + 10 * S, standing: 'good' },
    });
  });
  it('say who would have been limited', () => {
    expect(compared({ declining: { below: 0.8 } })[0]).toMatchObject({
      nodeId: 'a',
      effect: 'limited',
      first: { atMs: T0 + 31 * S, standing: 'declining' },
    });
  });
  it('are the same for the same policy', () => {
    expect(compared({}).every(({ effect, first }) => effect === 'none' && first === undefined)).toBe(true);
  });
});
