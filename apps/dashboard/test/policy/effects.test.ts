// What people read of a trial: whom a policy changes, and where a fault is.

import type { PolicyTrial } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { lasting } from '../../src/page/words.ts';
import { positionOfFault } from '../../src/policy/draft.ts';
import { affectedNodes, effectsInWords } from '../../src/policy/effects.ts';

type TriedNode = PolicyTrial['nodes'][number];
const nodes = (...effects: TriedNode['effect'][]): TriedNode[] =>
  effects.map((effect, at) => ({
    node_id: `node-${at}` as TriedNode['node_id'],
    now: 'good',
    would_be: 'good',
    effect,
    reason_code: '',
    reason: '',
  }));

describe('the effects of a policy', () => {
  it.each([
    [nodes('cut', 'none', 'cut', 'admitted', 'cut'), 'cuts 3, admits 1'],
    [nodes('unlimited', 'limited', 'held'), 'lets the brake hold 1, limits 1, takes the limit from 1'],
    [nodes('none', 'none'), "changes nobody's standing"],
    [[], "changes nobody's standing"],
  ])('are counted in words (%#)', (tried, words) => {
    expect(effectsInWords(tried)).toBe(words);
  });

  it('name who is cut before all others, and nobody who stands as before', () => {
    const affected = affectedNodes(nodes('none', 'admitted', 'cut'));
    expect(affected.map(({ effect }) => effect)).toEqual(['cut', 'admitted']);
  });
});

describe('the place of a fault', () => {
  it.each([
    ['line 3, column 12: floors.refusal: must be at most 1', { line: 3, column: 12 }],
    ["the controller's setting classes.gold: the policy has no class gold", undefined],
    ['a line 3, column 1 elsewhere', undefined],
  ])('of %j is %j', (fault, place) => {
    expect(positionOfFault(fault)).toEqual(place);
  });
});

describe('a length of time', () => {
  it.each([
    [0, '0 s'],
    [59, '59 s'],
    [60, '1 min'],
    [3_599, '59 min'],
    [3_600, '1 h 0 min'],
    [90_000, '1 d 1 h'],
  ])('of %i s reads %s', (seconds, words) => {
    expect(lasting(seconds)).toBe(words);
  });
});
