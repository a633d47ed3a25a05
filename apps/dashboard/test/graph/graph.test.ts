// Which nodes the graph shows, where they stand, and what its lines say.

import { describe, expect, it } from 'vitest';
import { chooseNodes, MOST_NODES } from '../../src/graph/choose-nodes.ts';
import { nearest, placeOnCircle } from '../../src/graph/circle.ts';
import { graphPairs, tally } from '../../src/graph/graph-pairs.ts';
import { MeshModel } from '../../src/live/mesh-model.ts';
import { message, nodeOf, pairsOf, START_MS } from '../live/state.ts';

const EVERYBODY = { text: '', standing: 'all' } as const;
const names = ({ nodes }: ReturnType<typeof chooseNodes>) => nodes.map(({ id }) => id);

describe('the nodes of the graph', () => {
  const some = [
    nodeOf(0, 'gpu-2', { class: 'gpu' }),
    nodeOf(1, 'b', { membership: 'DENIED' }),
    nodeOf(2, 'gpu-1', { class: 'gpu' }),
    nodeOf(3, 'a'),
  ];

  it('stand by class and name, in whatever order they come', () => {
    const order = ['a', 'b', 'gpu-1', 'gpu-2'];
    expect(names(chooseNodes(some, EVERYBODY))).toEqual(order);
    expect(names(chooseNodes(some.toReversed(), EVERYBODY))).toEqual(order);
  });

  it('are those whose name or class has the text, and that stand as asked', () => {
    expect(names(chooseNodes(some, { text: ' GPU', standing: 'all' }))).toEqual(['gpu-1', 'gpu-2']);
    expect(names(chooseNodes(some, { text: '', standing: 'cut' }))).toEqual(['b']);
    expect(chooseNodes(some, { text: 'nobody', standing: 'all' })).toEqual({ nodes: [], fitting: 0 });
  });

  it('are those that stand worst if there are too many', () => {
    const many = Array.from({ length: 1_000 }, (_, n) =>
      nodeOf(n, `node-${n}`, n === 999 ? { membership: 'DENIED' } : {}),
    );
    const { nodes, fitting } = chooseNodes(many, EVERYBODY);
    expect([nodes.length, fitting]).toEqual([MOST_NODES, 1_000]);
    expect(nodes.map(({ id }) => id)).toContain('node-999');
  });
});

describe('the circle', () => {
  it('begins at the top and goes clockwise', () => {
    const [top, right] = [placeOnCircle(0, 4), placeOnCircle(1, 4)];
    expect([top.x, top.y, right.x]).toEqual([0, -1, 1]);
    expect(right.y).toBeCloseTo(0);
  });

  it('finds every node by its own place, and nobody in the middle', () => {
    for (let at = 0; at < MOST_NODES; at += 1)
      expect(nearest(placeOnCircle(at, MOST_NODES), MOST_NODES, 0.15)).toBe(at);
    expect(nearest({ x: 0, y: 0 }, MOST_NODES, 0.15)).toBeUndefined();
  });
});

it('a line is in the worse of the states of its ends, and there is none without a tunnel', () => {
  const model = new MeshModel();
  const nodes = [nodeOf(0, 'a'), nodeOf(1, 'b'), nodeOf(2, 'c')];
  const pairs = [
    pairsOf(0, [undefined, 10, undefined]),
    pairsOf(1, [200, undefined, undefined], { since_ms: { 0: 0 } }),
  ];
  model.apply(message({ reset: true, nodes, pairs }), 0);
  const lines = graphPairs(model, nodes, START_MS);
  expect(lines).toEqual([{ from: 0, to: 1, state: 'overdue' }]);
  expect([...tally(lines, 1)]).toEqual([['overdue', 1]]);
  expect([...tally(lines, 2)]).toEqual([]);
});
