import { describe, expect, it } from 'vitest';
import { selectNodes } from '../../src/status/select-nodes.ts';
import { orders, worstFirst } from '../../src/status/worst-first.ts';
import { limitedNode, nodeA, nodeWithLongName } from '../support/fixtures.ts';

const tunnels = (without: number, oldest: number | null, figures?: object) => ({
  count: 4,
  without_handshake: without,
  oldest_handshake_ms: oldest,
  ...(figures === undefined ? {} : { figures }),
});
const figures = (
  received: number | null,
  rtt_ms: number | null,
  loss: number | null,
  without_answer = 0,
) => ({
  ...{ received, sent: received, rtt_ms, loss, without_answer },
});
const benchmark = (overall: number) => ({
  last_benchmark: nodeA.last_benchmark && { ...nodeA.last_benchmark, overall },
});
const nodes = [
  {
    ...nodeA,
    node_id: 'n1',
    ...benchmark(0.9),
    last_seen_at: '2026-01-05T12:00:03.000Z',
    tunnels: tunnels(0, 5_000, figures(9_000, null, null, 1)),
  },
  {
    ...nodeA,
    node_id: 'n2',
    ...benchmark(0.7),
    last_seen_at: null,
    tunnels: tunnels(2, 1_000, figures(null, 12, 0.5)),
  },
  { ...nodeA, node_id: 'n3', last_benchmark: null, last_seen_at: '2026-01-05T12:00:01.000Z', tunnels: null },
  {
    ...nodeA,
    node_id: 'n4',
    ...benchmark(0.8),
    last_seen_at: '2026-01-05T12:00:02.000Z',
    tunnels: tunnels(0, 9_000, figures(10_000, 300, 0)),
  },
  { ...nodeA, node_id: 'n5', status: 'revoked' },
] as unknown as (typeof nodeA)[];
const ids = (shown: readonly { node_id: string }[]) => shown.map(({ node_id: id }) => id);

describe('the order of top', () => {
  it.each([
    ['score', ['n2', 'n4', 'n1', 'n3']],
    ['handshake', ['n2', 'n4', 'n1', 'n3']],
    ['seen', ['n2', 'n3', 'n4', 'n1']],
    ['traffic', ['n4', 'n1', 'n2', 'n3']],
    ['rtt', ['n4', 'n2', 'n1', 'n3']],
    ['loss', ['n1', 'n2', 'n4', 'n3']],
  ] as const)('by %s', (order, expected) => {
    expect(ids(worstFirst(nodes, order))).toEqual(expected);
    expect(ids(worstFirst(nodes.toReversed(), order))).toEqual(expected);
  });

  it('is that of the ids where nodes are equal', () => {
    const equal = ['b', 'a', 'c'].map((id) => ({ ...nodeA, node_id: id })) as unknown as (typeof nodeA)[];
    for (const order of orders) expect(ids(worstFirst(equal, order))).toEqual(['a', 'b', 'c']);
  });
});

describe('the filters of a list', () => {
  const all = [nodeA, nodeWithLongName, limitedNode];
  const now = Date.parse('2026-01-05T12:35:30.000Z');
  it.each([
    [{}, 3],
    [{ class: 'default' }, 3],
    [{ class: 'other' }, 0],
    [{ state: 'quarantined' }, 1],
    [{ state: 'in', below: 0.8 }, 1],
    [{ below: 0.74 }, 0],
    [{ below: 0.75 }, 1],
    [{ search: 'LONGER' }, 1],
    [{ search: 'fd00::' }, 1],
    [{ search: 'by an operator' }, 1],
    [{ search: 'node-a', state: 'quarantined' }, 0],
  ] as const)('%j', (filters, count) => {
    expect(selectNodes(all, filters, now)).toHaveLength(count);
  });
});
