// Whether one node may send to another, and by which rule.

import { MembershipIndex, Peering, probationPeersOf, reachOf } from '@mesh/membership';
import { beforeEach, describe, expect, it } from 'vitest';
import { drawDue, examined, examOf, loadChatPool } from '../support/exams.ts';
import { Mesh } from '../support/mesh.ts';

let mesh: Mesh;
let members: MembershipIndex;
beforeEach(() => {
  mesh = new Mesh();
  for (const name of ['node-a', 'node-b', 'node-c']) mesh.admit(name);
  mesh.enrol('node-x');
  mesh.policy = examined({ examiners: 2 });
  mesh.run(mesh.submission('node-x', 0.1));
  members = indexed();
});

function indexed(groups: Record<string, string[]> = {}): MembershipIndex {
  const index = new MembershipIndex(new Peering(groups));
  for (const node of mesh.state.nodes()) index.update(node);
  return index;
}

function reach(from: string, to: string) {
  const tunnels = probationPeersOf({ view: mesh.state, members, nowMs: mesh.nowMs }, mesh.node(from));
  return reachOf(members, tunnels, mesh.node(from), mesh.node(to));
}

describe('whether a node may send to another', () => {
  it('is yes, both ways, where both are in and there are no groups', () => {
    expect([reach('node-a', 'node-b'), reach('node-b', 'node-a')]).toEqual([
      { rule: 'peers', allowed: true },
      { rule: 'peers', allowed: true },
    ]);
  });

  it('is no where no group holds both classes, and yes where one does', () => {
    members = indexed({ one: ['default'] });
    expect(reach('node-a', 'node-b')).toMatchObject({ rule: 'peers' });
    members = indexed({ one: ['other'] });
    expect(reach('node-a', 'node-b')).toEqual({ rule: 'peer_groups', allowed: false });
  });

  it('is no where one of them is out, and names which', () => {
    expect(reach('node-a', 'node-x')).toEqual({ rule: 'not_in', allowed: false, out: ['node-x'] });
    expect(reach('node-x', 'node-a')).toEqual({ rule: 'not_in', allowed: false, out: ['node-x'] });
    members.cut(mesh.node('node-a').nodeId, { code: 'quarantined' });
    expect(reach('node-a', 'node-x')).toMatchObject({ out: ['node-a', 'node-x'] });
    expect(reach('node-b', 'node-a')).toMatchObject({ rule: 'not_in', out: ['node-a'] });
  });

  it('is yes for an examiner, at one port, and no for whom it examines', () => {
    loadChatPool(mesh);
    drawDue(mesh);
    drawDue(mesh);
    members = indexed();
    const examiners = examOf(mesh, 'node-x').assignments.map(({ examiner }) => examiner);
    expect(examiners).toEqual(['node-a', 'node-b']);
    expect(reach('node-a', 'node-x')).toEqual({ rule: 'probation_tunnel', allowed: true, port: 8000 });
    expect(reach('node-x', 'node-a')).toEqual({ rule: 'probation_answers', allowed: false, port: 8000 });
    expect(reach('node-c', 'node-x')).toMatchObject({ rule: 'not_in' });
  });
});
