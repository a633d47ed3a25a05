import { parseNodeId } from '@mesh/primitives';
import { decideMesh, type Evidence, evaluate, type Policy, parsePolicy, staleAtMs } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvidence, anyPolicy, anyScore, changedScore } from './support/arbitraries.ts';
import { T0 } from './support/example-evidence.ts';

const reversed = (record: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(record).reverse());

describe('evaluate, for arbitrary policies and evidence', () => {
  it('allows some and denies some: the other properties are not empty', () => {
    const decisions = fc.sample(fc.tuple(anyPolicy, anyEvidence), 2_000).map(([p, e]) => evaluate(p, e, T0));
    const allowed = decisions.filter((decision) => decision.allowed).length;
    expect(allowed).toBeGreaterThan(20);
    expect(allowed).toBeLessThan(1_980);
  });

  it('never denies because a score rose', () => {
    fc.assert(
      fc.property(...changedScore, (p, e, to, metric) => {
        if (e.latest === undefined || !evaluate(p, e, T0).allowed) return;
        const from = e.latest.scores[metric] ?? 0;
        const scores = { ...e.latest.scores, [metric]: Math.max(from, to) };
        expect(evaluate(p, { ...e, latest: { ...e.latest, scores } }, T0).allowed).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never allows because a score fell', () => {
    fc.assert(
      fc.property(...changedScore, (p, e, to, metric) => {
        const from = e.latest?.scores[metric];
        if (e.latest === undefined || from === undefined || !(from <= 1) || evaluate(p, e, T0).allowed)
          return;
        const scores = { ...e.latest.scores, [metric]: Math.min(from, to) };
        const { reason } = evaluate(p, { ...e, latest: { ...e.latest, scores } }, T0);
        expect(reason.code === 'ok' && from >= 0).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not depend on the order of floors, scores or sample counts', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, e) => {
        const other: Policy = { ...policy, floors: reversed(policy.floors) };
        const latest = e.latest && { ...e.latest, scores: reversed(e.latest.scores) };
        expect(evaluate(other, { ...e, latest }, T0)).toEqual(evaluate(policy, e, T0));
      }),
    );
  });

  it('gives the same answer again and does not change its input', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, e) => {
        const before = structuredClone(e);
        const once = evaluate(policy, e, T0);
        expect(evaluate(policy, e, T0)).toEqual(once);
        expect(e).toEqual(before);
      }),
    );
  });

  it('still allows a node after it was admitted', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, e) => {
        if (!evaluate(policy, e, T0).allowed) return;
        expect(evaluate(policy, { ...e, membership: 'admitted' }, T0).allowed).toBe(true);
      }),
    );
  });

  it('always denies a revoked node', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, fc.boolean(), (policy, e, stalenessWaived) => {
        const evidence: Evidence = { ...e, status: 'revoked' };
        expect(evaluate(policy, evidence, T0).reason).toEqual({ code: 'revoked' });
        const nodeId = parseNodeId('a');
        for (const kind of ['freeze', 'instant'] as const) {
          const decisions = decideMesh({
            kind,
            policy,
            nodes: [{ nodeId, evidence }],
            nowMs: T0,
            stalenessWaived,
          });
          expect(decisions.get(nodeId)?.allowed).toBe(false);
        }
      }),
    );
  });

  it('never allows a node again only because time passes after its benchmark is stale', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, fc.nat(1e9), (policy, e, later) => {
        if (e.latest === undefined) return;
        expect(evaluate(policy, e, Math.max(T0, staleAtMs(policy, e.latest)) + later).allowed).toBe(false);
      }),
    );
  });

  it('never allows under a stricter policy what it denied under a laxer one', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, anyScore, (policy, e, drawn) => {
        // No number of prompts proves a floor of 1.
        const refusal =
          policy.decision === undefined && policy.alarm === undefined ? drawn : Math.min(drawn, 0.999);
        if (e.className === 'edge' || evaluate(policy, e, T0).allowed) return;
        const floors = { ...policy.floors, refusal: Math.max(policy.floors.refusal ?? 0, refusal) };
        expect(evaluate(parsePolicy({ ...policy, declining: {}, floors }), e, T0).allowed).toBe(false);
      }),
    );
  });
});
