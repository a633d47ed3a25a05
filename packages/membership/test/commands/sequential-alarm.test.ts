// The alarm over many results, in a mesh: it denies at once, its evidence is recorded with each result, and
// nothing but its own denial ends it.

import { leaveMesh, logEntryOf, type MeshEvent } from '@mesh/membership';
import { formatRfc3339, parseNodeId } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';

const policy = parsePolicy({
  threshold: 0.7,
  decision: 'interval',
  alarm: { promptsPerFalseCut: 1_000 },
});

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  mesh.policy = policy;
  mesh.enrol('a');
  submit(20);
  mesh.freeze();
});

/** A result of 20 prompts, 20 s after the last. */
function submit(good: number): void {
  mesh.nowMs += 20_000;
  mesh.run(mesh.submission('a', good / 20, { samples: { overall: 20 } }));
}
function submitUntilDenied(good: number): number {
  for (let results = 1; results < 30; results++) {
    submit(good);
    if (mesh.node('a').membership === 'denied') return results;
  }
  throw new Error('it was not denied');
}
const evidence = () => Math.max(...(mesh.node('a').latest?.watch?.metrics.overall?.evidence ?? [0]));
const lastDenial = () =>
  mesh.events.findLast(
    (event): event is Extract<MeshEvent, { type: 'node_denied' }> => event.type === 'node_denied',
  );
function leave(): void {
  const message = {
    mesh_id: mesh.state.meshId,
    node_id: parseNodeId('a'),
    sequence: mesh.node('a').sequences.leave + 1,
    sent_at: formatRfc3339(mesh.nowMs),
    instance_id: 'instance-1',
    signature: '',
  };
  expect(mesh.run(leaveMesh(message)).kind).toBe('done');
}

describe('a node that sinks below its limit', () => {
  it('is denied by the result with which the evidence is enough, though each result alone leaves it in', () => {
    expect(submitUntilDenied(12)).toBeGreaterThan(3);
    expect(lastDenial()).toMatchObject({
      reason: { code: 'sequential_alarm', metric: 'overall', asked: 0.7 },
    });
  });

  it('leaves the numbers of each result in the log, where they give the next ones again', () => {
    submit(12);
    submit(11);
    const details = mesh.events
      .filter(({ type }) => type === 'benchmark_accepted')
      .map((event) => logEntryOf(event).details);
    expect(details.at(-1)?.watch).toEqual({
      measured_at: expect.any(String),
      arrived_at: expect.any(String),
      metrics: {
        overall: {
          asked: 0.7,
          evidence: mesh.node('a').latest?.watch?.metrics.overall?.evidence,
          prompts: 40,
          good: 23,
        },
      },
    });
  });

  it('comes back at a boundary with a good result, and is watched anew', () => {
    submitUntilDenied(12);
    expect(mesh.node('a').watchSpent).toBe(true);
    mesh.freeze();
    expect(mesh.node('a').membership).toBe('denied');
    submit(20);
    expect(mesh.node('a').watchSpent).toBe(false);
    mesh.freeze();
    expect(mesh.node('a').membership).toBe('admitted');
    expect(submitUntilDenied(12)).toBeGreaterThan(3);
  });
});

describe('the evidence', () => {
  // The attack: a node that is about to be cut leaves, and comes back.
  it('outlives a leave', () => {
    submit(11);
    submit(11);
    submit(11);
    const before = evidence();
    leave();
    expect(mesh.node('a').membership).toBe('denied');
    submit(14);
    mesh.freeze();
    expect(mesh.node('a').membership).toBe('admitted');
    expect(evidence()).toBeGreaterThan(before / 10);
    expect(submitUntilDenied(11)).toBeLessThan(4);
  });
  it('would be lost if a leave spent it', () => {
    submit(11);
    submit(11);
    submit(11);
    leave();
    // What a fold would do that took every denial for the end of the alarm.
    mesh.state.merge({ ...noChanges, nodes: [{ ...mesh.node('a'), watchSpent: true }] });
    submit(14);
    mesh.freeze();
    expect(submitUntilDenied(11)).toBeGreaterThan(4);
  });

  it('outlives a denial for another reason', () => {
    submit(11);
    submit(11);
    const before = evidence();
    submit(0);
    expect(lastDenial()?.reason.code).toBe('below_threshold');
    expect(evidence()).toBeGreaterThan(before);
  });

  it('is a cause of its own for the brake', () => {
    mesh.brake = { share: 0.2, atLeast: 4, windowMs: 600_000, holdMs: 900_000, againAfterMs: 86_400_000 };
    submitUntilDenied(12);
    expect(lastDenial()?.causes).toEqual(['sequential_alarm overall']);
  });
});

const noChanges = {
  tokens: [],
  epochs: undefined,
};
