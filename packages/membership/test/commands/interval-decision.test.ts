// A policy that decides by intervals: what becomes of nodes about whose scores there is doubt.

import { tryPolicy } from '@mesh/membership';
import { parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
  mesh.policy = parsePolicy({ threshold: 0.7, decision: 'interval', minResultGapMs: 0 });
});
const submit = (nodeId: string, good: number, samples: number) => {
  mesh.nowMs += 1_000;
  mesh.run(mesh.submission(nodeId, good / samples, { samples: { overall: samples } }));
};
const types = () => mesh.events.map(({ type }) => type);

describe('a node about whose score there is doubt', () => {
  it('comes in at a boundary as a declining one, and is in good standing after three clear results', () => {
    mesh.enrol('a');
    submit('a', 15, 20);
    mesh.freeze();
    expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: true });
    expect(mesh.events).toContainEqual(
      expect.objectContaining({
        type: 'node_declining',
        reason: expect.objectContaining({
          code: 'undecided',
          interval: expect.objectContaining({ samples: 20 }),
        }),
      }),
    );
    for (const declining of [true, true, false]) {
      submit('a', 20, 20);
      expect(mesh.node('a').declining).toBe(declining);
    }
    submit('a', 13, 20);
    expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: true });
  });

  it('is denied at once when even the upper end is below, and then comes back by its score alone', () => {
    mesh.enrol('a');
    submit('a', 20, 20);
    mesh.freeze();
    submit('a', 5, 20);
    expect(types().at(-1)).toBe('node_denied');
    submit('a', 13, 20);
    mesh.freeze();
    expect(mesh.node('a').membership).toBe('denied');
    submit('a', 14, 20);
    mesh.freeze();
    expect(mesh.node('a')).toMatchObject({ membership: 'admitted', declining: true });
  });

  it('is what a trial of the policy shows, with the numbers', () => {
    const { policy } = mesh;
    mesh.policy = parsePolicy({ threshold: 0.7 });
    mesh.enrol('a');
    submit('a', 15, 20);
    mesh.freeze();
    expect(tryPolicy(mesh.state, mesh.context(), policy)).toMatchObject([
      { now: 'good', wouldBe: 'declining', effect: 'limited', reasonCode: 'undecided' },
    ]);
  });
});
