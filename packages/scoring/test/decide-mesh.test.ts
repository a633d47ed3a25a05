import { type NodeId, parseNodeId } from '@mesh/primitives';
import { type Benchmark, decideMesh, type Evidence, evaluate, ScoringError } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvidence, anyPolicy } from './support/arbitraries.ts';
import { benchmarkOf, evidenceOf, policyOf, T0 } from './support/example-evidence.ts';

const a = parseNodeId('a');

const decideOne = (
  kind: 'freeze' | 'instant',
  evidence: Partial<Evidence>,
  { nowMs = T0, stalenessWaived = false, policy = policyOf() } = {},
) => {
  const nodes = [{ nodeId: a, evidence: evidenceOf(evidence) }];
  const decision = decideMesh({ kind, policy, nodes, nowMs, stalenessWaived }).get(a);
  if (decision === undefined) throw new Error('no decision for a');
  return decision;
};
const bad: Benchmark = benchmarkOf({ scores: { overall: 0.1 } });

describe('decideMesh, at a freeze', () => {
  it.each(['admitted', 'denied', 'never'] as const)('admits a good node that was %s', (membership) => {
    expect(decideOne('freeze', { membership })).toMatchObject({ allowed: true, reason: { code: 'ok' } });
  });

  it('decides about every given node, in the given order', () => {
    const [b, c] = [parseNodeId('b'), parseNodeId('c')];
    const nodes = [
      { nodeId: c, evidence: evidenceOf({ latest: bad }) },
      { nodeId: a, evidence: evidenceOf() },
      { nodeId: b, evidence: evidenceOf({ latest: undefined }) },
    ];
    const decisions = decideMesh({
      kind: 'freeze',
      policy: policyOf(),
      nodes,
      nowMs: T0,
      stalenessWaived: false,
    });
    expect([...decisions].map(([id, { reason }]) => [id, reason.code])).toEqual([
      ['c', 'below_threshold'],
      ['a', 'ok'],
      ['b', 'no_benchmark'],
    ]);
  });

  it('refuses a node that is listed twice', () => {
    const nodes = [
      { nodeId: a, evidence: evidenceOf() },
      { nodeId: a, evidence: evidenceOf({ status: 'revoked' }) },
    ];
    const question = {
      kind: 'freeze',
      policy: policyOf(),
      nodes,
      nowMs: T0,
      stalenessWaived: false,
    } as const;
    expect(() => decideMesh(question)).toThrow(ScoringError);
    expect(() => decideMesh(question)).toThrow(/node a is listed twice/);
  });
});

describe('decideMesh, at once', () => {
  it('keeps an admitted node that is still good', () => {
    expect(decideOne('instant', { membership: 'admitted' }).allowed).toBe(true);
  });

  it.each([
    ['below_threshold', { latest: bad }],
    ['revoked', { status: 'revoked' }],
    ['quarantined', { status: 'quarantined' }],
    ['no_benchmark', { latest: undefined }],
  ] as [string, Partial<Evidence>][])('denies an admitted node: %s', (code, evidence) => {
    expect(decideOne('instant', { membership: 'admitted', ...evidence })).toMatchObject({
      allowed: false,
      reason: { code },
    });
  });

  it('denies an admitted node at the instant at which its benchmark turns stale', () => {
    expect(decideOne('instant', { membership: 'admitted' }, { nowMs: T0 + 120_000 }).allowed).toBe(true);
    expect(decideOne('instant', { membership: 'admitted' }, { nowMs: T0 + 120_001 }).allowed).toBe(false);
  });

  it.each(['denied', 'never', undefined] as const)('lets a good node that was %s wait', (membership) => {
    expect(decideOne('instant', { membership })).toEqual({
      allowed: false,
      standing: 'denied',
      class: 'default',
      reason: { code: 'waits_for_boundary', overall: 0.9, threshold: 0.7 },
    });
  });

  it('gives a bad node that was not admitted its own reason', () => {
    expect(decideOne('instant', { membership: 'never', latest: bad }).reason.code).toBe('below_threshold');
  });
});

describe('decideMesh, staleness waived', () => {
  const late = { nowMs: T0 + 131_000, stalenessWaived: true };

  it.each(['freeze', 'instant'] as const)(
    'keeps an admitted node with a stale benchmark, at a %s',
    (kind) => {
      expect(decideOne(kind, { membership: 'admitted' }, late)).toEqual({
        allowed: true,
        standing: 'good',
        class: 'default',
        reason: { code: 'staleness_waived', ageMs: 131_000, maxAgeMs: 120_000 },
      });
    },
  );

  it.each(['freeze', 'instant'] as const)(
    'keeps an admitted node when the clock went back, at a %s',
    (kind) => {
      const back = { nowMs: T0 - 3_600_000, stalenessWaived: true };
      expect(decideOne(kind, { membership: 'admitted' }, back).allowed).toBe(true);
      expect(decideOne(kind, { membership: 'admitted' }, { ...back, stalenessWaived: false }).allowed).toBe(
        false,
      );
    },
  );

  it('says ok if nothing had to be waived', () => {
    expect(decideOne('freeze', { membership: 'admitted' }, { stalenessWaived: true }).reason.code).toBe('ok');
  });

  it.each(['denied', 'never', undefined] as const)('does not spare a node that was %s', (membership) => {
    for (const kind of ['freeze', 'instant'] as const) {
      expect(decideOne(kind, { membership }, late).reason.code).toBe('stale');
    }
  });

  it.each([
    ['below_threshold', { latest: bad }],
    ['unscored', { latest: benchmarkOf({ scores: { overall: Number.NaN } }) }],
    ['from_future', { latest: benchmarkOf({ measuredAtMs: T0 + 30_001 }) }],
    ['unscored', { latest: benchmarkOf({ measuredAtMs: Number.NaN }) }],
    ['no_benchmark', { latest: undefined }],
    ['revoked', { status: 'revoked' }],
    ['quarantined', { status: 'quarantined' }],
    ['unknown_class', { className: 'nowhere' }],
  ] as [string, Partial<Evidence>][])('waives nothing else: %s', (code, evidence) => {
    for (const kind of ['freeze', 'instant'] as const) {
      const decision = decideOne(kind, { membership: 'admitted', ...evidence }, late);
      expect(decision).toMatchObject({ allowed: false, reason: { code } });
    }
  });
});

describe('decideMesh, for arbitrary meshes', () => {
  const anyNodes = fc
    .array(anyEvidence, { maxLength: 12 })
    .map((all) => all.map((evidence, i) => ({ nodeId: parseNodeId(`n${i}`), evidence })));
  const sorted = (decisions: Map<NodeId, unknown>) => [...decisions].sort(([x], [y]) => (x < y ? -1 : 1));

  it('allows at a freeze exactly what evaluate allows, except for waived staleness', () => {
    fc.assert(
      fc.property(anyPolicy, anyNodes, fc.boolean(), (policy, nodes, stalenessWaived) => {
        const decisions = decideMesh({ kind: 'freeze', policy, nodes, nowMs: T0, stalenessWaived });
        for (const { nodeId, evidence } of nodes) {
          const alone = evaluate(policy, evidence, T0);
          const decision = decisions.get(nodeId);
          if (stalenessWaived && evidence.membership === 'admitted' && alone.reason.code === 'stale') {
            expect(decision?.reason.code).not.toBe('stale');
          } else {
            expect(decision).toEqual(alone);
          }
        }
      }),
    );
  });

  it('allows at an instant only nodes that were admitted and that a freeze would allow', () => {
    fc.assert(
      fc.property(anyPolicy, anyNodes, fc.boolean(), (policy, nodes, stalenessWaived) => {
        const question = { policy, nodes, nowMs: T0, stalenessWaived };
        const instant = decideMesh({ kind: 'instant', ...question });
        const freeze = decideMesh({ kind: 'freeze', ...question });
        for (const { nodeId, evidence } of nodes) {
          if (!instant.get(nodeId)?.allowed) continue;
          expect(evidence.membership).toBe('admitted');
          expect(freeze.get(nodeId)?.allowed).toBe(true);
        }
      }),
    );
  });

  it('does not depend on the order of the nodes', () => {
    fc.assert(
      fc.property(anyPolicy, anyNodes, fc.constantFrom('freeze', 'instant'), (policy, nodes, kind) => {
        const question = { kind, policy, nowMs: T0, stalenessWaived: false };
        const there = decideMesh({ ...question, nodes });
        const back = decideMesh({ ...question, nodes: [...nodes].reverse() });
        expect(sorted(back)).toEqual(sorted(there));
      }),
    );
  });
});
