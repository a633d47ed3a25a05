// Which pairs have a probation tunnel, and in which epochs they have keys.

import {
  haveProbationKeys,
  MembershipIndex,
  type NodeRecord,
  Peering,
  probationPeersOf,
} from '@mesh/membership';
import type { EpochId } from '@mesh/primitives';
import { beforeEach, describe, expect, it } from 'vitest';
import { drawDue, examined, examOf, loadChatPool } from '../support/exams.ts';
import { Mesh } from '../support/mesh.ts';

let mesh: Mesh;
let members: MembershipIndex;

function indexed(groups: Record<string, string[]> = {}): MembershipIndex {
  const index = new MembershipIndex(new Peering(groups));
  for (const node of mesh.state.nodes()) index.update(node);
  return index;
}

const tunnels = (name: string, over: { nowMs?: number; of?: Partial<NodeRecord> } = {}) =>
  probationPeersOf(
    { view: mesh.state, members, nowMs: over.nowMs ?? mesh.nowMs },
    { ...mesh.node(name), ...over.of },
  ).map(({ peer, examined: end, port }) => `${peer.nodeId} ${end} ${port}`);

beforeEach(() => {
  mesh = new Mesh();
  for (const name of ['node-a', 'node-b', 'node-c']) mesh.admit(name);
  mesh.enrol('node-x');
  mesh.policy = examined({ examiners: 2 });
  mesh.run(mesh.submission('node-x', 0.1));
  loadChatPool(mesh);
  drawDue(mesh);
  drawDue(mesh);
  expect(mesh.node('node-x').membership).not.toBe('admitted');
  expect(examOf(mesh, 'node-x').assignments.map(({ examiner }) => examiner)).toEqual(['node-a', 'node-b']);
  members = indexed();
});

describe('a probation tunnel', () => {
  it('is between the examined node and each of its examiners, and nobody else', () => {
    expect(tunnels('node-x')).toEqual(['node-a self 8000', 'node-b self 8000']);
    expect(tunnels('node-a')).toEqual(['node-x peer 8000']);
    expect(tunnels('node-c')).toEqual([]);
  });

  it('is not there for a member that is examined', () => {
    const a = examOf(mesh, 'node-a');
    expect(a.assignments.length).toBeGreaterThan(0);
    expect(tunnels('node-a')).not.toContainEqual(expect.stringContaining('self'));
  });

  it('ends with the time of the exam, to the millisecond', () => {
    const { endsAtMs } = examOf(mesh, 'node-x');
    expect(tunnels('node-x', { nowMs: endsAtMs - 1 })).toHaveLength(2);
    expect(tunnels('node-x', { nowMs: endsAtMs })).toEqual([]);
  });

  it.each<[string, Partial<NodeRecord>]>([
    ['has left', { left: true }],
    ['is quarantined', { status: 'quarantined' }],
    ['is revoked', { status: 'revoked' }],
    ['waits for an approval', { status: 'pending' }],
  ])('is not there for a node that %s', (_, of) => {
    expect(tunnels('node-x', { of })).toEqual([]);
  });

  it('is not there while the denial of a node, or of its examiner, is not on disk', () => {
    const reason = { code: 'quarantined' } as const;
    members.cut(mesh.node('node-a').nodeId, reason);
    expect(tunnels('node-x')).toEqual(['node-b self 8000']);
    members.cut(mesh.node('node-x').nodeId, reason);
    expect(tunnels('node-x')).toEqual([]);
  });

  it('is not there between classes that are no peers', () => {
    members = indexed({ others: ['other'] });
    expect(tunnels('node-x')).toEqual([]);
  });

  it('has keys in the epochs in which its examiner was in from the beginning', () => {
    const [tunnel] = probationPeersOf({ view: mesh.state, members, nowMs: mesh.nowMs }, mesh.node('node-x'));
    const since = mesh.node('node-a').admittedSince ?? 0;
    const epoch = mesh.state.epochs().at(-1);
    if (tunnel === undefined || epoch === undefined) throw new Error('there are a tunnel and an epoch');
    const keysIn = (epochId: number) =>
      haveProbationKeys(mesh.node('node-x'), tunnel, { ...epoch, epochId: epochId as EpochId });
    expect([keysIn(since - 1), keysIn(since), keysIn(since + 1)]).toEqual([false, true, true]);
  });
});
