// What a change of policy changes, value by value.

import { diffPolicies } from '@mesh/scoring';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyPolicy } from './support/arbitraries.ts';
import { policyOf } from './support/example-evidence.ts';

describe('the difference of two policies', () => {
  it('is empty for a policy and itself, and says the reverse in reverse', () => {
    fc.assert(
      fc.property(anyPolicy, anyPolicy, (one, other) => {
        expect(diffPolicies(one, one)).toEqual([]);
        const there = diffPolicies(one, other);
        const back = diffPolicies(other, one).map(({ path, before, after }) => ({
          path,
          ...(after === undefined ? {} : { before: after }),
          ...(before === undefined ? {} : { after: before }),
        }));
        expect(back).toEqual(there);
      }),
    );
  });

  it('names each value that changes, appears or goes, by its path', () => {
    const before = policyOf({ floors: { refusal: 0.5 }, measuredBy: ['self'], classes: [{ name: 'batch' }] });
    const after = policyOf({
      threshold: 0.8,
      floors: { honesty: 0.4 },
      measuredBy: ['self', 'enclave'],
      classes: [{ name: 'edge', threshold: 0.9 }],
    });
    expect(diffPolicies(before, after)).toEqual([
      { path: 'classes.batch', before: true },
      { path: 'classes.edge', after: true },
      { path: 'classes.edge.threshold', after: 0.9 },
      { path: 'floors.honesty', after: 0.4 },
      { path: 'floors.refusal', before: 0.5 },
      { path: 'measuredBy', before: ['self'], after: ['self', 'enclave'] },
      { path: 'threshold', before: 0.7, after: 0.8 },
    ]);
  });

  it('does not depend on the order of classes', () => {
    const [a, b] = [{ name: 'a' }, { name: 'b', threshold: 0.9 }];
    expect(diffPolicies(policyOf({ classes: [a, b] }), policyOf({ classes: [b, a] }))).toEqual([]);
  });
});
