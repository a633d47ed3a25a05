import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../src/status/findings.ts';
import type { MeshSnapshot } from '../../src/status/mesh-snapshot.ts';
import { countNodes } from '../../src/status/node-counts.ts';
import { epochAnswer, failingNode, limitedNode, nodeA, nodeWithLongName } from '../support/fixtures.ts';

const NOW = Date.parse('2026-01-05T12:35:30.000Z');
const seen = { last_seen_at: '2026-01-05T12:35:10.000Z' } as const;
const good = { ...nodeA, ...seen };

const quiet: MeshSnapshot = {
  health: { status: 'ok', epoch_id: 7, flood_since: null },
  epoch: epochAnswer,
  nowMs: NOW,
  nodes: [good],
  brake: { settings: { share: 0.2, at_least: 3, window_seconds: 600, hold_seconds: 900 }, held: [] },
};
const log = {
  published_size: 40,
  offered_size: 40,
  member_cosignatures: 0,
  required_member_cosignatures: 0,
  refused_by: [],
};
const held = {
  node_id: good.node_id,
  cause: 'overall',
  reason: 'r',
  held_since: 's',
  until: 'u',
  limited: true,
};
const withNode = (node: object): MeshSnapshot => ({ ...quiet, nodes: [{ ...good, ...node }] });
const codes = (snapshot: MeshSnapshot) => findingsOf(snapshot).map(({ code }) => code);

describe('findings', () => {
  it('are none in a mesh where all is well', () => {
    expect(findingsOf({ ...quiet, health: { ...quiet.health, log } })).toEqual([]);
  });

  it.each<[code: string, snapshot: MeshSnapshot]>([
    ['epoch_overdue', { ...quiet, nowMs: Date.parse(epochAnswer.expiry_utc) + 5_001 }],
    ['brake_holds', { ...quiet, brake: { ...quiet.brake, held: [held] } }],
    ['flood', { ...quiet, health: { ...quiet.health, flood_since: '2026-01-05T12:00:00.000Z' } }],
    [
      'alerts_failing',
      {
        ...quiet,
        health: {
          ...quiet.health,
          alerts: { receivers: 1, pending: 1, dropped: 0, failing: [{ name: 'ops', since: '', why: 'x' }] },
        },
      },
    ],
    ['log_refused', { ...quiet, health: { ...quiet.health, log: { ...log, refused_by: [good.node_id] } } }],
    ['log_unpublished', { ...quiet, health: { ...quiet.health, log: { ...log, offered_size: 41 } } }],
    ['nodes_cut', withNode({ membership: 'DENIED', reason_code: 'below_threshold' })],
    ['nodes_unreachable', withNode({ last_seen_at: '2026-01-05T12:33:49.000Z' })],
    ['nodes_declining', withNode({ declining: true })],
    ['nodes_pending', withNode({ status: 'pending', membership: 'UNKNOWN' })],
    ['nodes_in_trouble', withNode({ troubles: failingNode.troubles })],
  ])('%s', (code, snapshot) => {
    expect(codes(snapshot)).toContain(code);
  });

  it('do not name what an operator has decided, nor what is only late by a moment', () => {
    expect(codes(withNode({ status: 'quarantined', membership: 'DENIED' }))).toEqual([]);
    expect(codes(withNode({ status: 'revoked', membership: 'DENIED' }))).toEqual([]);
    expect(codes(withNode({ last_seen_at: '2026-01-05T12:33:50.000Z' }))).toEqual([]);
    expect(codes({ ...quiet, nodes: [], nowMs: Date.parse(epochAnswer.expiry_utc) + 5_000 })).toEqual([]);
  });

  it('come with the worst first, and name five nodes at most', () => {
    const many = Array.from({ length: 7 }, (_, at) => ({ ...good, node_id: `n${at}`, membership: 'DENIED' }));
    const nodes = [{ ...good, declining: true }, ...many] as unknown as MeshSnapshot['nodes'];
    const found = findingsOf({ ...quiet, nodes });
    expect(found.map(({ severity }) => severity)).toEqual(['bad', 'unsure']);
    expect(found[0]?.text).toBe('cut off by the policy: n0, n1, n2, n3, n4 and 2 more');
  });
});

describe('the counts of nodes', () => {
  it('count a node in every state that it is in', () => {
    const nodes = [good, { ...limitedNode, ...seen }, nodeWithLongName, { ...good, last_seen_at: null }];
    expect(countNodes(nodes, NOW)).toEqual({
      ...{ total: 4, in: 3, probation: 1, declining: 1, cut: 0, unreachable: 1 },
      ...{ unknown: 0, pending: 0, quarantined: 1, revoked: 0 },
    });
  });
});
