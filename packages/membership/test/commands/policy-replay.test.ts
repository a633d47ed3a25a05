// A replay of what happened in a mesh, under the policy in force, gives the decisions that were taken.

import type { MeshEvent } from '@mesh/membership';
import { denyStale, quarantineOrRevoke } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { PolicyReplay, parsePolicy, type ReplayEvent } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';

/** With a single good result to come back, and nothing that could limit a node. */
const plain = parsePolicy({ threshold: 0.6, minResultGapMs: 5_000, maxBenchmarkAgeMs: 60_000 });
const policy = parsePolicy({
  threshold: 0.6,
  decision: 'interval',
  alarm: { promptsPerFalseCut: 300 },
  minResultGapMs: 5_000,
  maxBenchmarkAgeMs: 60_000,
  readmission: { consecutiveGood: 2 },
  drift: { learn: 10, memory: 20, ewma: { action: 'declining' }, reputation: { halfLifeMs: 300_000 } },
});

/** What is drawn for one step: how much time passes, and what happens then. */
const step = fc.record({
  seconds: fc.constantFrom(2, 10, 20, 20, 70),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant('result' as const) },
    { weight: 3, arbitrary: fc.constant('boundary' as const) },
    { weight: 1, arbitrary: fc.constantFrom('quarantine' as const, 'release' as const) },
  ),
  score: fc.constantFrom(0.2, 0.55, 0.62, 0.7, 0.9, 0.95, 1, 1),
});

/** Runs the steps in a mesh, whose clock denies at the moment of staleness, and notes what a replay takes. */
function runMesh(steps: readonly { seconds: number; what: string; score: number }[], inForce = policy) {
  const mesh = new Mesh();
  mesh.policy = inForce;
  const nodeId = 'a';
  mesh.enrol(nodeId);
  const replayed: ReplayEvent[] = [{ kind: 'status', nodeId, atMs: mesh.nowMs, status: 'active' }];
  const decided: { atMs: number; standing: string }[] = [];
  const note = (run: () => void) => {
    const from = mesh.events.length;
    run();
    for (const event of mesh.events.slice(from)) {
      const standing = STANDINGS[event.type];
      const last = decided.at(-1);
      if (standing === undefined) continue;
      // A node that comes in, declining or no more so, has two events.
      if (last?.atMs === mesh.nowMs && last.standing !== 'denied' && standing !== 'denied') decided.pop();
      decided.push({
        atMs: mesh.nowMs,
        standing: event.type === 'node_admitted' && mesh.node(nodeId).declining ? 'declining' : standing,
      });
    }
  };
  for (const { seconds, what, score } of steps) {
    const untilMs = mesh.nowMs + seconds * 1_000;
    const { latest, membership } = mesh.node(nodeId);
    const staleMs = latest === undefined ? Number.POSITIVE_INFINITY : latest.measuredAtMs + 60_001;
    if (membership === 'admitted' && staleMs <= untilMs) {
      mesh.nowMs = staleMs;
      note(() => mesh.run(denyStale([parseNodeId(nodeId)])));
    }
    mesh.nowMs = untilMs;
    const { nowMs: atMs } = mesh;
    if (what === 'boundary') {
      replayed.push({ kind: 'boundary', atMs });
      note(() => mesh.freeze());
    } else if (what === 'result') {
      note(() => mesh.run(mesh.submission(nodeId, score, { samples: { overall: 20 } })));
      const { scores, samples, measuredAtMs, arrivedAtMs, sentAtMs } = mesh.node(nodeId).latest ?? never();
      const benchmark = { scores, samples, measuredAtMs, arrivedAtMs, sentAtMs };
      replayed.push({ kind: 'benchmark', nodeId, atMs, benchmark });
    } else {
      const isOut = what === 'quarantine';
      const change = quarantineOrRevoke({
        change: isOut ? 'quarantine' : 'release',
        nodeId,
        why: 'test',
        actor: { kind: 'socket' },
      });
      const before = mesh.node(nodeId).status;
      note(() => mesh.run(change));
      if (mesh.node(nodeId).status !== before)
        replayed.push({ kind: 'status', nodeId, atMs, status: isOut ? 'quarantined' : 'active' });
    }
  }
  return { replayed, decided, endMs: mesh.nowMs };
}
const STANDINGS: Partial<Record<MeshEvent['type'], string>> = {
  node_admitted: 'good',
  node_denied: 'denied',
  node_declining: 'declining',
  node_recovered: 'good',
};
const never = (): never => {
  throw new Error('there is no result');
};

const replay = (replayed: readonly ReplayEvent[], endMs: number, under = policy) => {
  const run = new PolicyReplay(under);
  for (const event of replayed) run.take(event);
  return run.end(endMs)[0]?.changes.map(({ atMs, standing }) => ({ atMs, standing })) ?? [];
};

describe('a replay under the policy in force', () => {
  it('decides at each moment what the mesh decided', () => {
    let [denials, declines] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (steps) => {
        const { replayed, decided, endMs } = runMesh(steps);
        expect(replay(replayed, endMs)).toEqual(decided);
        denials += decided.filter(({ standing }) => standing === 'denied').length;
        declines += decided.filter(({ standing }) => standing === 'declining').length;
      }),
      { numRuns: 60 },
    );
    // There was something to compare.
    expect(Math.min(denials, declines)).toBeGreaterThan(5);
  });

  it('does so for a policy that asks for less', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
        const { replayed, decided, endMs } = runMesh(steps, plain);
        expect(replay(replayed, endMs, plain)).toEqual(decided);
      }),
      { numRuns: 40 },
    );
  });

  it('does not without what it was told: a replay of another policy differs', () => {
    const steps = [
      ...Array.from({ length: 3 }, () => ({ seconds: 20, what: 'result', score: 0.9 })),
      { seconds: 2, what: 'boundary', score: 0 },
      ...Array.from({ length: 3 }, () => ({ seconds: 20, what: 'result', score: 0.62 })),
    ];
    const { replayed, decided, endMs } = runMesh(steps);
    expect(replay(replayed, endMs)).toEqual(decided);
    expect(
      replay(replayed, endMs, { ...policy, threshold: 0.95, decision: undefined, alarm: undefined }),
    ).not.toEqual(decided);
  });
});
