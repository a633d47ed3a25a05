// What a cell shows, from what both ends report and when.

import { expect, it } from 'vitest';
import { MeshModel } from '../../src/live/mesh-model.ts';
import { pairState } from '../../src/matrix/pair-state.ts';
import { message, nodeOf, pairsOf, START_MS } from '../live/state.ts';

function modelOf(
  here: ReturnType<typeof pairsOf> | undefined,
  there?: ReturnType<typeof pairsOf>,
): MeshModel {
  const model = new MeshModel();
  const pairs = [here, there].flatMap((each) => each ?? []);
  model.apply(message({ reset: true, nodes: [nodeOf(0, 'a'), nodeOf(1, 'b')], pairs }), 0);
  return model;
}

const both = (seconds: number | null, sinceMs = START_MS) =>
  modelOf(pairsOf(0, [undefined, seconds], { since_ms: { 1: sinceMs } }), pairsOf(1, [seconds]));

it.each([
  ['up', both(10), 0],
  ['up', both(180), 0],
  ['overdue', both(180, START_MS - 31_000), 1],
  ['waiting', both(null), 30_000],
  ['overdue', both(null), 30_001],
  ['old', both(10), 100_001],
  ['none', modelOf(undefined), 0],
  ['none', modelOf(pairsOf(0, [undefined])), 0],
  ['up', modelOf(pairsOf(0, [undefined, 10])), 0],
  ['one_end', modelOf(pairsOf(0, [undefined, 10]), pairsOf(1, [undefined])), 0],
  ['epochs', modelOf(pairsOf(0, [undefined, 10]), pairsOf(1, [10], { epoch: 6 })), 0],
  ['epochs', modelOf(pairsOf(0, [undefined, 10]), pairsOf(1, [10], { epochs: { 0: null } })), 0],
  ['up', modelOf(pairsOf(0, [undefined, 10], { epochs: { 1: 6 } }), pairsOf(1, [10], { epoch: 6 })), 0],
] as const)('%s (case %#)', (state, model, laterMs) => {
  expect(pairState(model, 0, 1, START_MS + laterMs)).toBe(state);
});

it.each([
  [0, 'DENIED'],
  [1, 'DENIED'],
  [1, 'UNKNOWN'],
] as const)('a tunnel is not up where node %i is %s, whatever was reported before', (n, membership) => {
  const model = both(10);
  model.apply(message({ nodes: [nodeOf(n, n === 0 ? 'a' : 'b', { membership })] }), 0);
  expect(pairState(model, 0, 1, START_MS)).toBe('leaving');
  expect(pairState(model, 1, 0, START_MS)).toBe('leaving');
});

it('a node has no tunnel to itself', () => {
  expect(pairState(both(10), 0, 0, START_MS)).toBe('none');
});
