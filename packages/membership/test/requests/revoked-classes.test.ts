// A class that officers revoke: its nodes are out at once, none comes in, and one operator does not undo it.

import {
  approveOrReject,
  endQuarantines,
  logEntryOf,
  officersAuthoriseClass,
  Peering,
  quarantineOrRevoke,
  type StatusChange,
  setClass,
} from '@mesh/membership';
import type { RequestSubject } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../support/mesh.ts';
import { HOUR, requestFor, setOfficers, submit, typesOf } from '../support/officers.ts';

const about = (kind: 'class.revoke' | 'class.release', name = 'gpu'): RequestSubject => ({
  kind,
  parameters: { class: name },
});
const releaseOf = (nodeId: string): RequestSubject =>
  ({ kind: 'node.release', parameters: { node_id: nodeId } }) as RequestSubject;
const change = (mesh: Mesh, nodeId: string, over: Partial<StatusChange> = {}) =>
  mesh.run(quarantineOrRevoke({ change: 'release', nodeId, why: 'x', actor: { kind: 'socket' }, ...over }));

/** Two nodes of class gpu and one of another, all admitted; gpu is revoked if asked. */
function meshOf({ revoked }: { revoked: boolean }): Mesh {
  const mesh = new Mesh();
  mesh.policy = parsePolicy({ classes: [{ name: 'gpu' }] });
  setOfficers(mesh, ['alice', 'bob'], 2);
  for (const nodeId of ['gpu-1', 'gpu-2']) mesh.enrol(nodeId, { class: 'gpu' });
  for (const nodeId of ['gpu-1', 'gpu-2', 'cpu-1']) mesh.admit(nodeId);
  if (revoked) submit(mesh, requestFor(mesh, about('class.revoke')), 'alice', 'bob');
  return mesh;
}
const standing = (mesh: Mesh) =>
  ['gpu-1', 'gpu-2', 'cpu-1'].map((nodeId) => `${mesh.node(nodeId).status} ${mesh.node(nodeId).membership}`);

describe('class.revoke', () => {
  it('quarantines every node of the class at once, and no other', () => {
    const mesh = meshOf({ revoked: false });
    const request = requestFor(mesh, about('class.revoke'));
    const { events } = submit(mesh, request, 'alice', 'bob');
    expect(typesOf(events).slice(2)).toEqual([
      'request_carried_out',
      'class_revoked',
      'node_quarantined',
      'node_denied',
      'node_quarantined',
      'node_denied',
    ]);
    expect(standing(mesh)).toEqual(['quarantined denied', 'quarantined denied', 'active admitted']);
    expect(events.map(logEntryOf)[3]).toMatchObject({
      type: 'class_revoked',
      data: { class: 'gpu', actor: 'officers', actor_id: request.request_id },
    });
  });

  it('lets no token be made for the class, and no node in with one that there is', () => {
    const mesh = meshOf({ revoked: false });
    mesh.token('earlier', { class: 'gpu' });
    submit(mesh, requestFor(mesh, about('class.revoke')), 'alice', 'bob');
    expect(mesh.run(mesh.enrolment('gpu-3', 'earlier'))).toMatchObject({
      kind: 'refused',
      problem: { code: 'token_invalid' },
    });
    expect(mesh.token('later', { class: 'gpu' })).toMatchObject({
      kind: 'refused',
      problem: { code: 'state_conflict' },
    });
    submit(mesh, requestFor(mesh, about('class.release')), 'alice', 'bob');
    expect(mesh.run(mesh.enrolment('gpu-3', 'earlier')).kind).toBe('done');
  });

  it('is refused for a class that is revoked', () => {
    const mesh = meshOf({ revoked: true });
    expect(submit(mesh, requestFor(mesh, about('class.revoke')), 'alice', 'bob')).toMatchObject({
      kind: 'refused',
      problem: { code: 'state_conflict' },
    });
  });
});

describe('a node of a revoked class', () => {
  it('is not released by one operator, which is logged; where nobody revoked the class, it is', () => {
    const mesh = meshOf({ revoked: true });
    const outcome = change(mesh, 'gpu-1');
    expect(outcome).toMatchObject({
      kind: 'refused',
      problem: { code: 'officers_required', detail: expect.stringContaining('node.release') },
    });
    expect(typesOf(outcome.events)).toEqual(['request_refused']);
    expect(mesh.node('gpu-1').status).toBe('quarantined');
    const other = meshOf({ revoked: false });
    change(other, 'gpu-1', { change: 'quarantine' });
    expect(change(other, 'gpu-1').kind).toBe('done');
  });

  it('is released by officers, alone among its class', () => {
    const mesh = meshOf({ revoked: true });
    submit(mesh, requestFor(mesh, releaseOf('gpu-1')), 'alice', 'bob');
    expect([mesh.node('gpu-1').status, mesh.node('gpu-2').status]).toEqual(['active', 'quarantined']);
  });

  it('is not released by the end of an earlier quarantine, not even when the class is open again', () => {
    const mesh = meshOf({ revoked: false });
    change(mesh, 'gpu-1', { change: 'quarantine', forMs: HOUR });
    submit(mesh, requestFor(mesh, about('class.revoke')), 'alice', 'bob');
    expect(mesh.node('gpu-1')).toMatchObject({ status: 'quarantined', quarantinedUntilMs: undefined });
    mesh.nowMs = NOW + HOUR;
    expect(mesh.run(endQuarantines()).events).toEqual([]);
    mesh.apply({ type: 'class_released', class: 'gpu', why: 'x', actor: { kind: 'system' } });
    expect(mesh.run(endQuarantines()).events).toEqual([]);
  });

  it('is not released by the end of a quarantine from after its own release; that waits for the class', () => {
    const mesh = meshOf({ revoked: true });
    submit(mesh, requestFor(mesh, releaseOf('gpu-1')), 'alice', 'bob');
    change(mesh, 'gpu-1', { change: 'quarantine', forMs: HOUR });
    mesh.nowMs = NOW + HOUR;
    expect(mesh.run(endQuarantines()).events).toEqual([]);
    mesh.apply({ type: 'class_released', class: 'gpu', why: 'x', actor: { kind: 'system' } });
    expect(typesOf(mesh.run(endQuarantines()).events)).toEqual(['node_released']);
  });

  it('is not moved out by officers who signed for its class before they revoked that', () => {
    const mesh = meshOf({ revoked: false });
    const { policy } = mesh;
    mesh.policy = parsePolicy({ ...policy, classes: [{ name: 'gpu', threshold: 0.8 }] });
    const move = { kind: 'node.reclass', parameters: { node_id: 'gpu-1', class: 'default' } };
    const submitMove = () => submit(mesh, requestFor(mesh, move as RequestSubject), 'alice', 'bob');
    const setToDefault = () =>
      mesh.run(
        setClass(
          { nodeId: 'gpu-1', class: 'default', why: 'x', actor: { kind: 'socket' } },
          {
            allowedIds: undefined,
            mostByClass: new Map(),
            mostByAddress: undefined,
            needsApproval: false,
            limits: new Map(),
            peering: new Peering({}),
          },
          officersAuthoriseClass,
        ),
      );
    submitMove();
    submit(mesh, requestFor(mesh, about('class.revoke')), 'alice', 'bob');
    expect(setToDefault()).toMatchObject({ kind: 'refused', problem: { code: 'officers_required' } });
    expect(mesh.node('gpu-1').class).toBe('gpu');
    submitMove();
    expect(setToDefault().kind).toBe('done');
  });

  it('is not approved by one operator while it waits; when the class is open again, it is', () => {
    const mesh = meshOf({ revoked: false });
    mesh.token('waiting', { class: 'gpu', needsApproval: true });
    mesh.run(mesh.enrolment('gpu-3', 'waiting'));
    const approve = () =>
      mesh.run(approveOrReject({ answer: 'approve', nodeId: 'gpu-3', why: 'x', actor: { kind: 'socket' } }));
    submit(mesh, requestFor(mesh, about('class.revoke')), 'alice', 'bob');
    expect(approve()).toMatchObject({ kind: 'refused', problem: { code: 'state_conflict' } });
    expect(mesh.node('gpu-3').status).toBe('pending');
    submit(mesh, requestFor(mesh, about('class.release')), 'alice', 'bob');
    expect(approve().kind).toBe('done');
    expect(mesh.node('gpu-3').status).toBe('active');
  });
});

describe('class.release', () => {
  it('lets an operator release the nodes one by one', () => {
    const mesh = meshOf({ revoked: true });
    submit(mesh, requestFor(mesh, about('class.release')), 'alice', 'bob');
    expect(standing(mesh)).toEqual(['quarantined denied', 'quarantined denied', 'active admitted']);
    expect(change(mesh, 'gpu-2').kind).toBe('done');
    expect(mesh.node('gpu-2').status).toBe('active');
  });

  it('of one revocation is not good for the next', () => {
    const mesh = meshOf({ revoked: true });
    const release = requestFor(mesh, about('class.release'));
    submit(mesh, requestFor(mesh, about('class.release')), 'alice', 'bob');
    mesh.nowMs = NOW + 1;
    submit(mesh, requestFor(mesh, about('class.revoke')), 'alice', 'bob');
    expect(submit(mesh, release, 'alice', 'bob')).toMatchObject({
      kind: 'refused',
      problem: { code: 'request_stale' },
    });
    expect(mesh.state.class('gpu')?.revokedAtMs).toBe(NOW + 1);
  });

  it('is refused for a class that is not revoked', () => {
    const mesh = meshOf({ revoked: false });
    expect(submit(mesh, requestFor(mesh, about('class.release')), 'alice', 'bob').kind).toBe('refused');
  });
});

describe('node.release', () => {
  it('from one quarantine is not good for the next', () => {
    const mesh = meshOf({ revoked: true });
    const release = requestFor(mesh, releaseOf('gpu-1'));
    submit(mesh, requestFor(mesh, releaseOf('gpu-1')), 'alice', 'bob');
    mesh.nowMs = NOW + 1;
    change(mesh, 'gpu-1', { change: 'quarantine' });
    expect(submit(mesh, release, 'alice', 'bob')).toMatchObject({
      kind: 'refused',
      problem: { code: 'request_stale' },
    });
    expect(mesh.node('gpu-1').status).toBe('quarantined');
  });

  it('is refused for a node that is not quarantined', () => {
    const mesh = meshOf({ revoked: false });
    expect(submit(mesh, requestFor(mesh, releaseOf('cpu-1')), 'alice', 'bob')).toMatchObject({
      kind: 'refused',
      problem: { code: 'state_conflict' },
    });
  });
});
