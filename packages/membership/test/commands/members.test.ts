// Who may become a member and who stays one: rules for enrolments, approvals, tokens that are withdrawn, keys
// that do not come back, classes, deletions. Each rule is also shown to be what keeps the attacker out:
// without it the same request succeeds.

import {
  type ApprovalAnswer,
  approveOrReject,
  type ClassRules,
  deleteNode,
  done,
  type EnrolmentRules,
  MeshDraft,
  officersAuthoriseClass,
  Peering,
  quarantineOrRevoke,
  setClass,
  withdrawToken,
} from '@mesh/membership';
import { encodeBase64 } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { generateKemKeyPair, parseSealSuite } from '@mesh/seal';
import { parseIpAddress } from '@mesh/wg';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeKey, Mesh, NOW } from '../support/mesh.ts';
import { requestFor, setOfficers, submit } from '../support/officers.ts';

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
});
const operator = { kind: 'socket' } as const;
const because = { why: 'a test', actor: operator };
const result = (outcome: ReturnType<Mesh['run']>) =>
  outcome.kind === 'done' ? outcome.events.map((event) => event.type) : outcome.problem.code;
const rules = (over: Partial<EnrolmentRules> = {}): EnrolmentRules => ({
  allowedIds: undefined,
  mostByClass: new Map(),
  mostByAddress: undefined,
  needsApproval: false,
  ...over,
});
const revoke = (nodeId: string) => mesh.run(quarantineOrRevoke({ change: 'revoke', nodeId, ...because }));
const answer = (kind: ApprovalAnswer['answer'], nodeId: string) =>
  result(mesh.run(approveOrReject({ answer: kind, nodeId, ...because })));
const remove = (nodeId: string) =>
  result(mesh.run(deleteNode({ nodeId, ...because, longestLeaseMs: 240_000 })));

describe('a token that was withdrawn', () => {
  it('lets nobody in, not even the node that enrolled with it and asks again', () => {
    mesh.token('t', { uses: 3 });
    expect(result(mesh.run(mesh.enrolment('node-a', 't')))).toEqual(['node_enrolled']);
    expect(result(mesh.run(withdrawToken({ tokenId: 't', ...because })))).toEqual(['token_withdrawn']);
    expect(result(mesh.run(mesh.enrolment('node-b', 't')))).toBe('token_invalid');
    expect(result(mesh.run(mesh.enrolment('node-a', 't')))).toBe('token_invalid');
    expect(mesh.state.token('t' as TokenId)).toMatchObject({ usesLeft: 2, isWithdrawn: true });
    expect(mesh.node('node-a').status).toBe('active');
  });

  it('is withdrawn once, and only if it exists', () => {
    mesh.token('t');
    mesh.run(withdrawToken({ tokenId: 't', ...because }));
    expect(result(mesh.run(withdrawToken({ tokenId: 't', ...because })))).toBe('state_conflict');
    expect(result(mesh.run(withdrawToken({ tokenId: 'x', ...because })))).toBe('not_found');
  });
});

describe('the rules for enrolments', () => {
  const flood = (limits: EnrolmentRules, from: (at: number) => string) => {
    mesh.token('many', { uses: 9 });
    return [1, 2, 3, 4].map((at) =>
      result(mesh.run(mesh.enrolment(`node-${at}`, 'many', { from: from(at) }, limits))),
    );
  };
  const IN = ['node_enrolled'];

  it('let in the ids of the list, and with a good token no others', () => {
    const listed = rules({ allowedIds: new Set(['node-2']) });
    expect(flood(listed, () => '192.0.2.1')).toEqual([
      'enrolment_refused',
      IN,
      'enrolment_refused',
      'enrolment_refused',
    ]);
    expect(mesh.state.token('many' as TokenId)?.usesLeft).toBe(8);
  });
  it('cap a class; without the cap the same token floods it', () => {
    const capped = rules({ mostByClass: new Map([['default', 2]]) });
    expect(flood(capped, () => '192.0.2.1')).toEqual([IN, IN, 'enrolment_refused', 'enrolment_refused']);
    mesh = new Mesh();
    expect(flood(rules(), () => '192.0.2.1')).toEqual([IN, IN, IN, IN]);
  });
  it('cap a class by the nodes that are not revoked', () => {
    const capped = rules({ mostByClass: new Map([['default', 2]]) });
    flood(capped, () => '192.0.2.1');
    revoke('node-1');
    expect(result(mesh.run(mesh.enrolment('node-5', 'many', {}, capped)))).toEqual(IN);
    expect(result(mesh.run(mesh.enrolment('node-6', 'many', {}, capped)))).toBe('enrolment_refused');
  });
  it.each([
    ['IPv4 by the address', (at: number) => (at === 4 ? '192.0.2.9' : '192.0.2.1')],
    ['IPv6 by the /64', (at: number) => (at === 4 ? '2001:db8:0:1::4' : `2001:db8::${at}`)],
  ])('cap %s, and count nodes that were revoked meanwhile', (_what, from) => {
    const capped = rules({ mostByAddress: 2 });
    expect(flood(capped, from)).toEqual([IN, IN, 'enrolment_refused', IN]);
    revoke('node-1');
    expect(result(mesh.run(mesh.enrolment('node-5', 'many', { from: from(1) }, capped)))).toBe(
      'enrolment_refused',
    );
    remove('node-1');
    expect(result(mesh.run(mesh.enrolment('node-5', 'many', { from: from(1) }, capped)))).toEqual(IN);
  });
  it('do not refuse a node that is there and repeats its request', () => {
    const capped = rules({ mostByClass: new Map([['default', 1]]), mostByAddress: 1 });
    mesh.token('t', { uses: 2 });
    mesh.run(mesh.enrolment('node-a', 't', {}, capped));
    expect(result(mesh.run(mesh.enrolment('node-a', 't', {}, capped)))).toEqual([]);
  });
});

describe('an enrolment that needs an approval', () => {
  const pend = () => {
    mesh.token('t', { needsApproval: true });
    mesh.run(mesh.enrolment('node-a', 't'));
  };

  it.each(['token', 'rules'])('is pending by its %s: the best result does not admit it', (by) => {
    mesh.token('t', { needsApproval: by === 'token' });
    mesh.run(mesh.enrolment('node-a', 't', {}, rules({ needsApproval: by === 'rules' })));
    expect(mesh.admit('node-a')).toMatchObject({ status: 'pending', membership: 'never' });
    expect(answer('approve', 'node-a')).toEqual(['node_approved']);
    expect(mesh.admit('node-a')).toMatchObject({ status: 'active', membership: 'admitted' });
  });
  it('is not needed where neither asks for it', () => {
    mesh.token('t');
    mesh.run(mesh.enrolment('node-a', 't'));
    expect(mesh.admit('node-a').membership).toBe('admitted');
  });
  it('is not evaded by another token without approval', () => {
    pend();
    mesh.token('free');
    expect(result(mesh.run(mesh.enrolment('node-a', 'free')))).toEqual(['node_reenrolled']);
    expect(mesh.node('node-a').status).toBe('pending');
  });
  it('can be rejected: name and keys do not come back', () => {
    pend();
    expect(answer('reject', 'node-a')).toEqual(['node_rejected']);
    mesh.token('again', { uses: 2 });
    expect(result(mesh.run(mesh.enrolment('node-a', 'again')))).toBe('node_exists');
    expect(result(mesh.run(mesh.enrolment('node-b', 'again', { a: 'a of node-a' })))).toBe('key_spent');
  });
  it('is answered once, and only if it waits', () => {
    pend();
    answer('approve', 'node-a');
    for (const kind of ['approve', 'reject'] as const) {
      expect(answer(kind, 'node-a')).toBe('state_conflict');
      expect(answer(kind, 'node-x')).toBe('not_found');
    }
  });
});

describe('a key of a node that was revoked', () => {
  const suite = parseSealSuite('mesh/seal/v1/x-wing');
  const roles = { identity: 'identity of node-a', a: 'a of node-a', b: 'b of node-a' };
  const revoked = () => {
    mesh.token('t');
    mesh.token('u', { uses: 9 });
    mesh.run(mesh.enrolment('node-a', 't', roles));
    revoke('node-a');
  };
  const places = ['identity', 'a', 'b'] as const;

  it.each(places.flatMap((was) => places.map((comes) => [was, comes] as const)))(
    'that was in %s is refused in %s, whether its record is there or deleted',
    (was, comes) => {
      revoked();
      const attempt = () =>
        result(mesh.run(mesh.enrolment('node-b', 'u', { b: 'fresh', [comes]: roles[was] })));
      expect(attempt()).toBe('key_spent');
      expect(remove('node-a')).toEqual(['node_deleted']);
      expect(mesh.state.nodeWithKey(fakeKey(roles[was]))).toBeUndefined();
      expect(attempt()).toBe('key_spent');
    },
  );
  it('is refused under the old name too, once that is free', () => {
    revoked();
    remove('node-a');
    expect(result(mesh.run(mesh.enrolment('node-a', 'u', roles)))).toBe('key_spent');
    expect(result(mesh.run(mesh.enrolment('node-a', 'u', { identity: 'n', a: 'n a', b: 'n b' })))).toEqual([
      'node_enrolled',
    ]);
  });
  it('that keys were sealed to is refused as such, and is spent for every role', () => {
    const kem = generateKemKeyPair(suite, new Uint8Array(32).fill(7));
    const text = `${suite}:${encodeBase64(kem.publicKey)}`;
    mesh.admit('node-a');
    mesh.run(mesh.submission('node-a', 0.9, { kem_public_key: text }));
    revoke('node-a');
    mesh.admit('node-b');
    const submitted = mesh.run(mesh.submission('node-b', 0.9, { kem_public_key: text }));
    expect(result(submitted)).toBe('key_spent');
    expect(mesh.state.isKeySpent(encodeBase64(kem.publicKey.subarray(-32)))).toBe(true);
  });
  it('is spent in a layer that is not merged yet, and not if the layer is dropped', () => {
    mesh.enrol('node-a');
    const layer = new MeshDraft(mesh.state);
    layer.spendKeys([{ publicKey: fakeKey('a of node-a'), nodeId: mesh.node('node-a').nodeId }]);
    expect(layer.isKeySpent(fakeKey('a of node-a'))).toBe(true);
    expect(mesh.state.isKeySpent(fakeKey('a of node-a'))).toBe(false);
  });
});

describe('a deletion', () => {
  it.each(['active', 'pending', 'quarantined'])('is refused for a node that is %s', (status) => {
    mesh.token('t', { needsApproval: status === 'pending' });
    mesh.run(mesh.enrolment('node-a', 't'));
    if (status === 'quarantined')
      mesh.run(quarantineOrRevoke({ change: 'quarantine', nodeId: 'node-a', ...because }));
    expect(mesh.node('node-a').status).toBe(status);
    expect(remove('node-a')).toBe('state_conflict');
    expect(remove('node-x')).toBe('not_found');
  });
  it('frees the name, and holds the addresses until every lease has ended that knew them', () => {
    mesh.admit('node-a');
    const [address = parseIpAddress('192.0.2.1')] = mesh.node('node-a').addresses;
    revoke('node-a');
    expect(remove('node-a')).toEqual(['node_deleted']);
    expect(mesh.state.node('node-a')).toBeUndefined();
    expect(mesh.state.nodeCount()).toBe(0);
    expect([...mesh.state.nodes()]).toEqual([]);
    expect(mesh.state.isAddressTaken(address)).toBe(false);
    expect(mesh.state.isAddressHeld(address, NOW + 239_999)).toBe(true);
    expect(mesh.state.isAddressHeld(address, NOW + 240_000)).toBe(false);
    expect([...mesh.state.deletedNodes()]).toMatchObject([{ nodeId: 'node-a', class: 'default' }]);
  });
  it('shows in a layer and in the layers over it, also when the name is taken again', () => {
    mesh.admit('node-a');
    mesh.enrol('node-b');
    revoke('node-a');
    const gone = { nodeId: mesh.node('node-a').nodeId, class: 'default', addresses: [], heldUntilMs: 0 };
    const record = mesh.node('node-a');
    const batch = new MeshDraft(mesh.state);
    const item = new MeshDraft(batch);
    item.deleteNode(gone);
    expect([item.nodeCount(), [...item.nodes()].map(({ nodeId }) => nodeId)]).toEqual([1, ['node-b']]);
    expect([item.node('node-a'), batch.node('node-a')]).toEqual([undefined, record]);
    expect(item.nodeWithKey(record.identityKey)).toBeUndefined();
    batch.merge(item.changes());
    expect(batch.nodeCount()).toBe(1);
    const next = new MeshDraft(batch);
    next.putNode({ ...record, class: 'other' });
    batch.merge(next.changes());
    expect([batch.nodeCount(), batch.node('node-a')?.class]).toEqual([2, 'other']);
    mesh.state.merge(batch.changes());
    expect([mesh.state.nodeCount(), mesh.node('node-a').class]).toEqual([2, 'other']);
    expect(mesh.state.nodeWithKey(record.identityKey)).toBe('node-a');
  });
  it('leaves one admitted node less, also if the node is revoked in the same transaction', () => {
    mesh.admit('node-a');
    mesh.admit('node-b');
    const record = mesh.node('node-a');
    const batch = new MeshDraft(mesh.state);
    const revoked = new MeshDraft(batch);
    revoked.putNode({ ...record, status: 'revoked', membership: 'denied' });
    batch.merge(revoked.changes());
    const deleted = new MeshDraft(batch);
    deleted.deleteNode({ nodeId: record.nodeId, class: 'default', addresses: [], heldUntilMs: 0 });
    expect(deleted.admittedCount()).toBe(1);
    batch.merge(deleted.changes());
    expect(batch.admittedCount()).toBe(1);
    mesh.state.merge(batch.changes());
    expect(mesh.state.admittedCount()).toBe(1);
  });
});

describe('set-class', () => {
  const limits = new Map([['strict', 1_000_000]]);
  const all: ClassRules & EnrolmentRules = { ...rules(), limits, peering: new Peering({}) };
  const anyone = () => done([]);
  const move = (to: string, mayWeaken = true, over: Partial<typeof all> = {}) => {
    const change = { nodeId: 'node-a', class: to, ...because };
    const authorise = mayWeaken ? anyone : officersAuthoriseClass;
    if (!mayWeaken && mesh.state.officers() === undefined) setOfficers(mesh, ['alice', 'bob'], 2);
    return result(mesh.run(setClass(change, { ...all, ...over }, authorise)));
  };
  beforeEach(() => {
    mesh.policy = parsePolicy({
      classes: [
        { name: 'strict', threshold: 0.95 },
        { name: 'easy', threshold: 0.5 },
      ],
    });
    mesh.admit('node-a');
  });

  it('judges the node by the new bar at once', () => {
    expect(move('strict')).toEqual(['node_class_changed', 'node_denied']);
    expect(mesh.node('node-a')).toMatchObject({
      class: 'strict',
      membership: 'denied',
      goodStreak: { count: 0 },
    });
  });
  it('lets one operator make it harder for a node, and not easier where there are officers', () => {
    expect(move('easy', false)).toBe('officers_required');
    expect(mesh.node('node-a').class).toBe('default');
    expect(move('strict', false)).toEqual(['node_class_changed', 'node_denied']);
    expect(move('default', false)).toBe('officers_required');
    // Without the officers' guard the same change takes place.
    expect(move('easy', true)).toEqual(['node_class_changed']);
  });
  it('is taken once the officers have signed for it, and for no other class', () => {
    const parameters = { node_id: mesh.node('node-a').nodeId, class: 'easy' };
    setOfficers(mesh, ['alice', 'bob'], 2);
    submit(mesh, requestFor(mesh, { kind: 'node.reclass', parameters }), 'alice', 'bob');
    expect(move('easy', false)).toEqual(['request_carried_out', 'node_class_changed']);
    move('default', true);
    expect(move('easy', false)).toBe('officers_required');
  });
  it('counts a higher limit and more peers as easier', () => {
    const grouped = { peering: new Peering({ one: ['default', 'strict'], two: ['strict', 'easy'] }) };
    expect(move('strict', false, grouped)).toBe('officers_required');
    const limited = {
      limits: new Map([
        ['default', 1000],
        ['strict', 2000],
      ]),
    };
    expect(move('strict', false, limited)).toBe('officers_required');
    expect(move('strict', false, { limits: new Map([['default', 1000]]) })).toBe('officers_required');
    expect(
      move('strict', false, {
        limits: new Map([
          ['default', 1000],
          ['strict', 1000],
        ]),
      }),
    ).toEqual(['node_class_changed', 'node_denied']);
  });
  it.each([
    ['none', 'invalid_message'],
    ['default', 'state_conflict'],
  ])('refuses class %s: %s', (to, code) => {
    expect(move(to)).toBe(code);
  });
  it('moves no node into a class that is revoked, and lets no operator alone move one out of it', () => {
    mesh.apply({ type: 'class_revoked', class: 'strict', ...because });
    expect(move('strict')).toBe('state_conflict');
    mesh.apply({ type: 'class_released', class: 'strict', ...because });
    mesh.apply({ type: 'class_revoked', class: 'default', ...because });
    expect(move('strict', false)).toBe('officers_required');
  });
  it('refuses a class that is full, a node that is revoked, and one that is not there', () => {
    expect(move('strict', true, { mostByClass: new Map([['strict', 0]]) })).toBe('enrolment_refused');
    revoke('node-a');
    expect(move('strict')).toBe('state_conflict');
    const unknown = { nodeId: 'node-x', class: 'strict', ...because };
    expect(result(mesh.run(setClass(unknown, all, anyone)))).toBe('not_found');
  });
});
