// One measurement is not a streak, however often it is sent: results that bring a node back, or end its
// decline, must keep the policy's gap.

import { quarantineOrRevoke } from '@mesh/membership';
import { NO_STREAK, type Policy, parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../support/mesh.ts';

const GAP_MS = 15_000;

const meshWith = (policy: Policy): Mesh => {
  const mesh = new Mesh();
  mesh.policy = policy;
  mesh.admit('node-a');
  return mesh;
};
const submit = (mesh: Mesh, overall: number, measuredAtMs = mesh.nowMs) => {
  const outcome = mesh.run(mesh.submission('node-a', overall, { measuredAtMs }));
  expect(outcome.kind).toBe('done');
  return outcome.events.map(({ type }) => type);
};
/** Five results of one measurement, their sequences rising, within 37 ms. */
const burst = (mesh: Mesh, overall: number) => {
  const measuredAtMs = mesh.nowMs;
  for (const afterMs of [0, 9, 9, 9, 10]) {
    mesh.nowMs += afterMs;
    submit(mesh, overall, measuredAtMs);
  }
};
/** Results with the policy's gap before each. */
const spaced = (mesh: Mesh, count: number, overall: number) =>
  Array.from({ length: count }, () => {
    mesh.nowMs += GAP_MS;
    return submit(mesh, overall);
  });

describe('a denied node that needs five good results in a row', () => {
  const denied = (): Mesh => {
    const mesh = meshWith(parsePolicy({ readmission: { consecutiveGood: 5 } }));
    mesh.nowMs += 1_000;
    expect(submit(mesh, 0.1)).toContain('node_denied');
    return mesh;
  };
  const isBack = (mesh: Mesh) => {
    mesh.freeze();
    return mesh.node('node-a').membership === 'admitted';
  };

  it('does not come back by five results of one measurement, but by five that are far enough apart', () => {
    const mesh = denied();
    burst(mesh, 0.9);
    expect(mesh.node('node-a').sequences.benchmark).toBe(7);
    expect(mesh.node('node-a').goodStreak.count).toBe(1);
    expect(isBack(mesh)).toBe(false);
    spaced(mesh, 3, 0.9);
    expect(isBack(mesh)).toBe(false);
    spaced(mesh, 1, 0.9);
    expect(mesh.node('node-a').goodStreak).toEqual({
      count: 5,
      countedMeasuredAtMs: mesh.nowMs,
      countedArrivedAtMs: mesh.nowMs,
    });
    expect(isBack(mesh)).toBe(true);
  });

  it('does not come back by one measurement that is sent again at every gap', () => {
    const mesh = denied();
    const measuredAtMs = mesh.nowMs;
    for (let times = 0; times < 8; times++) {
      submit(mesh, 0.9, measuredAtMs);
      mesh.nowMs += GAP_MS - 1;
    }
    expect(mesh.node('node-a').goodStreak.count).toBe(1);
    expect(isBack(mesh)).toBe(false);
  });

  it('does not come back by five measurements that claim to be apart and arrive together', () => {
    const mesh = denied();
    for (let at = 4; at >= 0; at--) submit(mesh, 0.9, mesh.nowMs - at * GAP_MS);
    expect(mesh.node('node-a').goodStreak.count).toBe(1);
    expect(isBack(mesh)).toBe(false);
  });

  it('starts at 0 after a bad result, and after a denial without a bad result', () => {
    const mesh = denied();
    spaced(mesh, 4, 0.9);
    submit(mesh, 0.1);
    expect(mesh.node('node-a').goodStreak).toEqual(NO_STREAK);
    mesh.nowMs += 1;
    submit(mesh, 0.9);
    spaced(mesh, 4, 0.9);
    expect(isBack(mesh)).toBe(true);
    const actor = { kind: 'socket' } as const;
    for (const change of ['quarantine', 'release'] as const)
      mesh.run(quarantineOrRevoke({ change, nodeId: 'node-a', why: 'x', actor }));
    expect(mesh.node('node-a')).toMatchObject({
      membership: 'denied',
      goodStreak: NO_STREAK,
      clearStreak: NO_STREAK,
    });
    mesh.nowMs += 1;
    submit(mesh, 0.9);
    expect(mesh.node('node-a').goodStreak.count).toBe(1);
  });
});

describe('a declining node that needs three clear results in a row', () => {
  it('is still declining after five of one measurement, and recovers with the third that is far enough from the last', () => {
    const mesh = meshWith(parsePolicy({ threshold: 0.5, declining: { below: 0.7 } }));
    mesh.nowMs = NOW + 1_000;
    expect(submit(mesh, 0.6)).toContain('node_declining');
    burst(mesh, 0.9);
    expect(mesh.node('node-a')).toMatchObject({ declining: true, clearStreak: { count: 1 } });
    mesh.freeze();
    expect(mesh.node('node-a').declining).toBe(true);
    expect(spaced(mesh, 2, 0.9)).toEqual([['benchmark_accepted'], ['benchmark_accepted', 'node_recovered']]);
    expect(mesh.node('node-a').declining).toBe(false);
  });
});
