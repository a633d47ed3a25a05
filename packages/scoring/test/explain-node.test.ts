// The explanation of a node: it never disagrees with the decision, and it carries the node's own numbers.

import { evaluate, explainNode } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyEvidence, anyPolicy } from './support/arbitraries.ts';
import { benchmarkOf, evidenceOf, policyOf, T0 } from './support/example-evidence.ts';

describe('an explanation', () => {
  it('names as its first unmet rule the reason of the decision, and no unmet rule for a node that is in', () => {
    fc.assert(
      fc.property(anyPolicy, anyEvidence, (policy, evidence) => {
        const decision = evaluate(policy, evidence, T0);
        const verdicts = explainNode(policy, evidence, T0, false);
        const denying = verdicts.filter(({ decides, met }) => decides === 'denied' && !met);
        expect(denying.length === 0).toBe(decision.allowed);
        if (!decision.allowed) expect(denying[0]?.reason?.code).toBe(decision.reason.code);
        const declines = verdicts.some(({ decides, met }) => decides === 'declining' && !met);
        if (decision.allowed) expect(declines).toBe(decision.standing === 'declining');
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives each rule with the numbers of the node', () => {
    const policy = policyOf({ threshold: 0.5, floors: { refusal: 0.95 }, minSamples: { overall: 3 } });
    const evidence = evidenceOf({ latest: benchmarkOf({ samples: { overall: 2 } }) });
    expect(
      explainNode(policy, evidence, T0 + 12_000, false).map(({ rule, met, sentence }) => [
        rule,
        met,
        sentence,
      ]),
    ).toEqual([
      ['status', true, 'the node is active'],
      ['futureToleranceMs', true, 'the last benchmark is not from the future; the policy tolerates 30 s'],
      ['maxBenchmarkAgeMs', true, 'the last benchmark is 12 s old; the policy allows 120 s'],
      ['minSamples.overall', false, 'overall rests on 2 samples; the policy asks for 3'],
      ['threshold', true, "overall 0.90 meets the policy's threshold of 0.50"],
      ['floors.refusal', false, "refusal 0.90 is below the policy's floor of 0.95"],
    ]);
  });

  it('names the class whose bar counts', () => {
    const policy = policyOf({ classes: [{ name: 'edge', threshold: 0.95 }] });
    const verdicts = explainNode(policy, evidenceOf({ className: 'edge' }), T0, false);
    expect(verdicts.find(({ met }) => !met)?.rule).toBe('threshold of class edge');
  });

  it.each(['revoked', 'pending', 'quarantined'] as const)(
    'says of a node that is %s that it is',
    (status) => {
      const verdicts = explainNode(policyOf(), evidenceOf({ status }), T0, false);
      expect(verdicts).toMatchObject([{ rule: 'status', met: false, reason: { code: status } }]);
    },
  );

  it.each([
    ['a node that is in', 'admitted', true],
    ['a node that is out', 'denied', false],
  ] as const)('waives staleness for %s only', (_who, membership, met) => {
    const verdicts = explainNode(policyOf(), evidenceOf({ membership }), T0 + 120_001, true);
    expect(verdicts.find(({ rule }) => rule === 'maxBenchmarkAgeMs')?.met).toBe(met);
  });

  it('refuses a time that is none', () => {
    expect(() => explainNode(policyOf(), evidenceOf(), Number.NaN, false)).toThrow('nowMs');
  });
});
