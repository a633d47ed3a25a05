// Drift signals in a mesh: what they remember is recorded with each result, and what they lead to is an event
// of its own. None of them denies.

import { logEntryOf, measuringAsked, tryPolicy } from '@mesh/membership';
import { parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';

const policyWith = (action: string) =>
  parsePolicy({
    threshold: 0.5,
    drift: { learn: 10, memory: 100, cusum: { action } },
    declining: { consecutiveClear: 2 },
    probation: { measureEveryMs: 20_000 },
  });

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  mesh.enrol('a');
});

function submit(score: number, over: object = {}): void {
  mesh.nowMs += 30_000;
  mesh.run(mesh.submission('a', score, { samples: { overall: 50 }, ...over }));
}
/** It is admitted, learnt, and then much worse than it was, but good enough. */
function drift(action: string): void {
  mesh.policy = policyWith(action);
  submit(0.95);
  mesh.freeze();
  for (let result = 0; result < 12; result++) submit(0.95);
  for (let result = 0; result < 5; result++) submit(0.7);
}
const typesOf = () => mesh.events.map(({ type }) => type);

describe('a node that is worse than it usually is', () => {
  it('is in good standing while its policy is only to be advised', () => {
    drift('advise');
    expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: false });
    expect(mesh.node('a').latest?.drift?.dimensions['score:overall']?.cusum).toBeGreaterThan(10);
    expect(typesOf()).not.toEqual(expect.arrayContaining(['node_declining']));
  });

  it('declines if its policy says so, with the numbers, and recovers after results as usual', () => {
    drift('declining');
    expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: true });
    expect(mesh.events.find(({ type }) => type === 'node_declining')).toMatchObject({
      reason: { code: 'drift', signal: 'cusum', dimension: 'score:overall', limit: 10 },
    });
    for (let result = 0; result < 40; result++) submit(0.97);
    expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: false });
    expect(typesOf()).not.toContain('node_denied');
  });

  it('is put on probation if its policy says so, once for as long as that lasts', () => {
    mesh.probationEpochs = 3;
    drift('probation');
    const began = () => mesh.events.filter(({ type }) => type === 'probation_began');
    expect(began()).toMatchObject([{ epochId: 1, reason: { code: 'drift', signal: 'cusum' } }]);
    expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: false, probationSince: 1 });
    expect(logEntryOf(began()[0] as never)).toMatchObject({
      type: 'probation_began',
      nodeId: 'a',
      epochId: 1,
      data: { reason_code: 'drift' },
      details: { reason: { signal: 'cusum' } },
    });
    mesh.freeze();
    submit(0.7);
    mesh.freeze();
    expect(began()).toHaveLength(1);
    submit(0.7);
    mesh.freeze();
    // The signal still speaks when it is over: the next one begins.
    expect(began()).toMatchObject([{ epochId: 1 }, { epochId: 4 }]);
  });

  it('is shown by a trial of a policy: whom it would limit, by a decline or by a probation', () => {
    drift('advise');
    const tried = (action: string) => tryPolicy(mesh.state, mesh.context(), policyWith(action))[0];
    expect(tried('advise')).toMatchObject({ effect: 'none', wouldBe: 'good' });
    expect(tried('declining')).toMatchObject({ effect: 'limited', wouldBe: 'declining' });
    expect(tried('probation')).toMatchObject({
      effect: 'limited',
      wouldBe: 'good',
      reasonCode: 'drift',
      reason: expect.stringMatching(/in sum; the policy allows 10\.00: the node is on probation$/),
    });
    mesh.policy = policyWith('probation');
    expect(tried('probation')).toMatchObject({ effect: 'none' });
  });

  it('is not put on one where no probation is set', () => {
    drift('probation');
    expect(typesOf()).not.toContain('probation_began');
  });
});

describe('what the signals remember', () => {
  it('is in the log with each result, and so are the signals that the node signed', () => {
    mesh.policy = policyWith('advise');
    submit(0.9, { signals: { latency_ms: 200, error_rate: 0.1, handshakes: 1, clock_skew_ms: -20 } });
    const accepted = mesh.events.find(({ type }) => type === 'benchmark_accepted');
    const { details } = logEntryOf(accepted as never);
    expect(details).toMatchObject({
      sent_at: expect.any(String),
      signals: { latencyMs: 200, errorRate: 0.1, handshakes: 1, skewMs: -20 },
      drift: {
        measured_at: expect.any(String),
        arrived_at: expect.any(String),
        dimensions: {
          'node:errors': { results: 1, mean: 0.1, variance: 0 },
          'node:latency': { results: 1, mean: expect.closeTo(Math.log(201), 5), variance: 0 },
          'score:overall': { results: 1, mean: 0.9, variance: 0 },
        },
      },
    });
  });

  it('is nothing where the policy has none: the entry is as it always was', () => {
    submit(0.9);
    const accepted = mesh.events.find(({ type }) => type === 'benchmark_accepted');
    expect(Object.keys(logEntryOf(accepted as never).details ?? {}).sort()).toEqual([
      'arrived_at',
      'measured_at',
      'measured_by',
      'samples',
      'scores',
      'suite_version',
    ]);
  });

  // The attack: a node that drifts calls its suite another one, or leaves, to be learnt anew.
  it('outlives another suite, a leave and a denial', () => {
    drift('advise');
    const usual = () => mesh.node('a').latest?.drift?.dimensions['score:overall']?.results;
    const before = usual();
    submit(0.7, { suite_version: 'other' });
    expect(usual()).toBe((before ?? 0) + 1);
    submit(0.1);
    expect(mesh.node('a').membership).toBe('denied');
    submit(0.7);
    expect(usual()).toBe((before ?? 0) + 3);
  });
});

it('a node that had its results forgotten by leaving would not be noticed', () => {
  mesh.policy = policyWith('declining');
  submit(0.95);
  mesh.freeze();
  for (let result = 0; result < 12; result++) submit(0.95);
  const { latest } = mesh.node('a');
  // What a fold would do that ended what is known of a node with something that the node does.
  const forgotten = { ...mesh.node('a'), latest: latest && { ...latest, drift: undefined } };
  mesh.state.merge({ nodes: [forgotten as never], tokens: [], epochs: undefined });
  for (let result = 0; result < 5; result++) submit(0.7);
  expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: false });
});

describe('what is asked of the measuring of a node', () => {
  const [none, both] = [parsePolicy({}), policyWith('advise')];
  it.each([
    [none, true, undefined],
    [both, false, { signals: true }],
    [both, true, { signals: true, interval_ms: 20_000 }],
    [parsePolicy({ probation: { measureEveryMs: 20_000 } }), true, { interval_ms: 20_000 }],
    [parsePolicy({ probation: { measureEveryMs: 20_000 } }), false, undefined],
  ])('is what its policy and its standing say (%#)', (policy, limited, asked) => {
    expect(measuringAsked(policy, { declining: limited, onProbation: false })).toEqual(asked);
    expect(measuringAsked(policy, { declining: false, onProbation: limited })).toEqual(asked);
  });
});
