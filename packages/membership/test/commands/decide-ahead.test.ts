// What a freeze would change can be recorded before it, some nodes at a time. A node that is admitted so is
// in when the epoch is opened, and the freeze decides on everybody again.

import {
  applyEvent,
  changedByFreeze,
  decideAhead,
  MembershipIndex,
  MeshDraft,
  Peering,
  quarantineOrRevoke,
} from '@mesh/membership';
import { type EpochId, parseEpochId, parseNodeId } from '@mesh/primitives';
import { parsePolicy } from '@mesh/scoring';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';

const [A, B, C] = ['node-a', 'node-b', 'node-c'].map(parseNodeId) as [never, never, never];
const epoch = (id: number): EpochId => parseEpochId(id);
let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
});

/** Three nodes with good benchmarks that no freeze has admitted yet. */
function waiting(): void {
  for (const nodeId of [A, B, C]) {
    mesh.enrol(nodeId);
    mesh.run(mesh.submission(nodeId, 0.9));
  }
}
const types = (from: number) => mesh.events.slice(from).map(({ type }) => type);

describe('deciding ahead of a freeze', () => {
  it('admits the given nodes to the coming epoch, and the freeze only the others', () => {
    waiting();
    const before = mesh.events.length;
    mesh.run(decideAhead(epoch(1), [A, B]));
    expect(types(before)).toEqual(['node_admitted', 'node_admitted']);
    expect([A, B, C].map((id) => mesh.node(id).admittedSince)).toEqual([1, 1, undefined]);
    mesh.freeze();
    expect(types(before).slice(2)).toEqual(['node_admitted', 'epoch_opened']);
    expect(mesh.events.at(-1)).toMatchObject({ epochId: 1, admittedCount: 3 });
  });

  it('gives the events that the freeze would have given', () => {
    const [atOnce, inParts] = [new Mesh(), new Mesh()].map((one) => {
      mesh = one;
      waiting();
      mesh.run(mesh.submission(C, 0.1));
      return one;
    }) as [Mesh, Mesh];
    atOnce.freeze();
    for (const id of [A, B, C]) inParts.run(decideAhead(epoch(1), [id]));
    inParts.freeze();
    expect(inParts.events).toEqual(atOnce.events);
  });

  it('denies whom the freeze would deny, and changes nothing where the freeze would change nothing', () => {
    waiting();
    mesh.freeze();
    mesh.nowMs += 10 * 86_400_000;
    mesh.run(mesh.submission(A, 0.9));
    const before = mesh.events.length;
    mesh.run(decideAhead(epoch(2), [A, B]));
    expect(types(before)).toEqual(['node_denied']);
    expect(mesh.node(B).membership).toBe('denied');
  });

  it('is taken back by a denial before the epoch: the node is not in when it is opened', () => {
    waiting();
    mesh.run(decideAhead(epoch(1), [A]));
    mesh.run(
      quarantineOrRevoke({ change: 'quarantine', nodeId: A, why: 'a test', actor: { kind: 'socket' } }),
    );
    mesh.freeze();
    expect(mesh.node(A).membership).toBe('denied');
    expect(mesh.events.at(-1)).toMatchObject({ admittedCount: 2 });
  });

  it('does nothing for an epoch that was opened meanwhile, and for nodes that do not exist', () => {
    waiting();
    expect(mesh.run(decideAhead(epoch(1), [parseNodeId('nobody')])).events).toEqual([]);
    mesh.freeze();
    mesh.enrol('late');
    mesh.run(mesh.submission('late', 0.9));
    expect(mesh.run(decideAhead(epoch(1), [parseNodeId('late')])).events).toEqual([]);
  });
});

describe('whom a freeze would change something for', () => {
  it('are those that it would admit or deny, and nobody else', () => {
    waiting();
    mesh.enrol('unmeasured');
    const changing = () =>
      changedByFreeze([...mesh.state.nodes()], mesh.context()).map(({ nodeId }) => nodeId);
    expect(changing()).toEqual([A, B, C]);
    mesh.freeze();
    expect(changing()).toEqual([]);
    mesh.nowMs += 10 * 86_400_000;
    expect(changing()).toEqual([A, B, C]);
    mesh.stalenessWaived = true;
    expect(changing()).toEqual([]);
  });
});

describe('a node whose standing changes at a freeze', () => {
  it('is among those that it changes something for', () => {
    waiting();
    mesh.freeze();
    mesh.policy = parsePolicy({ declining: { below: 0.95 } });
    expect(changedByFreeze([mesh.node(B)], mesh.context())).toMatchObject([{ nodeId: B }]);
    mesh.run(decideAhead(epoch(2), [B]));
    expect(mesh.node(B).declining).toBe(true);
    expect(changedByFreeze([mesh.node(B)], mesh.context())).toEqual([]);
  });
});

describe('a node that is admitted ahead', () => {
  const index = () => new MembershipIndex(new Peering({}));

  it('is in from the opening of its epoch on', () => {
    waiting();
    const members = index();
    members.open(0);
    mesh.run(decideAhead(epoch(1), [A, B]));
    for (const node of mesh.state.nodes()) members.update(node);
    expect(members.isIn(mesh.node(A))).toBe(false);
    expect([members.isAhead(mesh.node(A)), members.isAhead(mesh.node(C))]).toEqual([true, false]);
    expect([...members.peersOf(mesh.node(B))]).toEqual([]);
    expect(members.open(epoch(1)).map(({ nodeId }) => nodeId)).toEqual([A, B]);
    expect(members.isIn(mesh.node(A))).toBe(true);
    expect(members.isAhead(mesh.node(A))).toBe(false);
    expect(members.open(epoch(2))).toEqual([]);
  });

  it('is not in if it was denied or cut before', () => {
    waiting();
    const members = index();
    members.open(0);
    mesh.run(decideAhead(epoch(1), [A, B]));
    for (const node of mesh.state.nodes()) members.update(node);
    members.cut(B, { code: 'revoked' });
    expect(members.isAhead(mesh.node(B))).toBe(false);
    mesh.run(
      quarantineOrRevoke({ change: 'quarantine', nodeId: A, why: 'a test', actor: { kind: 'socket' } }),
    );
    members.update(mesh.node(A));
    expect(members.open(epoch(1)).map(({ nodeId }) => nodeId)).toEqual([B]);
    expect([A, B].map((id) => members.isIn(mesh.node(id)))).toEqual([false, false]);
    members.withdrawCut(B);
    expect(members.isIn(mesh.node(B))).toBe(true);
  });
});

describe('keys that are taken', () => {
  it('are found in the state and in each layer over it, in either slot', () => {
    mesh.token('t', { uses: 3 });
    mesh.run(mesh.enrolment('node-a', 't', { identity: 'i', a: 'wg 1', b: 'wg 2' }));
    const refusal = (over: Parameters<Mesh['enrolment']>[2]) => {
      const outcome = mesh.run(mesh.enrolment('node-b', 't', over));
      return outcome.kind === 'refused' ? outcome.problem.code : 'done';
    };
    expect(refusal({ identity: 'i' })).toBe('node_exists');
    for (const key of ['wg 1', 'wg 2']) {
      expect(refusal({ a: key })).toBe('node_exists');
      expect(refusal({ b: key })).toBe('node_exists');
    }
    // A key belongs to its node in every role.
    expect(refusal({ identity: 'wg 1' })).toBe('node_exists');
    expect(refusal({ a: 'i' })).toBe('node_exists');
    expect(refusal({})).toBe('done');
  });

  it('are found in one batch, before it is merged', () => {
    mesh.token('t', { uses: 3 });
    const batch = new MeshDraft(mesh.state);
    const enrolInBatch = (nodeId: string, over: Parameters<Mesh['enrolment']>[2]) => {
      const item = new MeshDraft(batch);
      const outcome = mesh.enrolment(nodeId, 't', over)(item, mesh.context());
      for (const event of outcome.events) applyEvent(item, event, mesh.nowMs, mesh.policy);
      batch.merge(item.changes());
      return outcome.kind;
    };
    expect(enrolInBatch('node-a', { a: 'wg' })).toBe('done');
    expect(enrolInBatch('node-b', { b: 'wg' })).toBe('refused');
    expect(enrolInBatch('node-c', { identity: 'identity of node-a' })).toBe('refused');
    expect(enrolInBatch('node-d', {})).toBe('done');
    // A batch that is dropped takes no keys.
    expect(mesh.state.nodeWithKey(mesh.state.node('node-a')?.wgPublicKeys.a ?? '')).toBeUndefined();
    mesh.state.merge(batch.changes());
    expect(mesh.state.nodeWithKey(mesh.node('node-a').wgPublicKeys.a)).toBe('node-a');
  });
});
