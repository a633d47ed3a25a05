// The steps of a CA's rotation: who is waited for, what is refused, and what officers have to sign.

import {
  type AuthoriseCaStep,
  done,
  finishCaRotation,
  logEntryOf,
  nodesNotReady,
  noteCaTrust,
  officersAuthoriseCaStep,
  startCaRotation,
} from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { beforeEach, describe, expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';
import { requestFor, setOfficers, submit } from '../support/officers.ts';

const actor = { kind: 'socket' } as const;
const sealedKey = Uint8Array.of(1, 2, 3);
const anybody: AuthoriseCaStep = () => done([]);

let mesh: Mesh;
beforeEach(() => {
  mesh = new Mesh();
});
const start = (authorise = officersAuthoriseCaStep, pin = 'one', nextPin = 'two') =>
  mesh.run(
    startCaRotation(
      { pin, next: { pin: nextPin, certificatePem: 'PEM', sealedKey }, why: 'test', actor },
      authorise,
    ),
  );
const finish = (force = false, authorise = officersAuthoriseCaStep) =>
  mesh.run(finishCaRotation({ force, why: 'test', actor }, authorise));
const comes = (name: string, pin = 'two') => mesh.run(noteCaTrust(parseNodeId(name), pin));
const waitsFor = () => nodesNotReady(mesh.state, mesh.nowMs).map(String);

function withCertificate(name: string, notAfterMs = mesh.nowMs + 1_000): void {
  const { nodeId } = mesh.enrol(name);
  mesh.apply({ type: 'certificate_issued', nodeId, serial: '01', notAfterMs });
}

describe('a rotation', () => {
  it('waits for nodes with a certificate that has not ended, at the millisecond', () => {
    for (const name of ['a', 'b', 'c']) withCertificate(name);
    mesh.enrol('without');
    expect(waitsFor()).toEqual([]);
    start();
    comes('b');
    mesh.apply({ type: 'node_revoked', nodeId: parseNodeId('c'), why: 'test', actor });
    expect(waitsFor()).toEqual(['a']);
    mesh.nowMs += 999;
    expect(waitsFor()).toEqual(['a']);
    mesh.nowMs += 1;
    expect(waitsFor()).toEqual([]);
  });

  it('notes each node once, only for the next CA, and only while it lasts', () => {
    withCertificate('a');
    expect(comes('a').events).toEqual([]);
    start();
    expect(comes('a', 'one').events).toEqual([]);
    expect(comes('nobody').events).toEqual([]);
    expect(comes('a').events).toEqual([{ type: 'ca_trusted', nodeId: 'a', nextPin: 'two' }]);
    expect(comes('a').events).toEqual([]);
    finish();
    expect(comes('a').events).toEqual([]);
  });

  it('names five of the nodes that it would cut off, and cuts them off if it has to', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) withCertificate(name);
    start();
    const refused = finish();
    expect(refused).toMatchObject({ kind: 'refused', problem: { code: 'state_conflict' } });
    expect(refused.kind === 'refused' && refused.problem.detail).toMatch(/^a, b, c, d, e, and 2 more: /);
    expect(finish(true).events).toMatchObject([{ type: 'ca_rotation_finished', notReady: { length: 7 } }]);
    expect(mesh.state.ca()).toEqual({ pin: 'two', next: undefined });
  });

  it('is one at a time', () => {
    expect(finish()).toMatchObject({ kind: 'refused', problem: { code: 'state_conflict' } });
    start();
    expect(start()).toMatchObject({ kind: 'refused', problem: { code: 'state_conflict' } });
    finish();
    expect(start(anybody, 'two', 'three').kind).toBe('done');
  });

  it('shows the pins in the log, and never the sealed key', () => {
    const [event] = start().events;
    expect(event && logEntryOf(event)).toMatchObject({
      data: { ca_pin: 'one', next_ca_pin: 'two', actor: 'socket', why: 'test' },
      details: undefined,
    });
    expect(JSON.stringify(event && logEntryOf(event))).not.toMatch(/sealed|1,2,3|PEM/);
  });
});

describe('with officers', () => {
  const sign = (step: 'start' | 'finish', force = false) =>
    submit(mesh, requestFor(mesh, { kind: 'ca.rotate', parameters: { step, force } }), 'alice', 'bob');
  beforeEach(() => setOfficers(mesh, ['alice', 'bob', 'carol'], 2));

  it('no step is an operator’s alone, and each succeeds without the guard', () => {
    expect(start()).toMatchObject({ kind: 'refused', problem: { code: 'officers_required' } });
    expect(start(anybody).kind).toBe('done');
    expect(finish()).toMatchObject({ kind: 'refused', problem: { code: 'officers_required' } });
    expect(finish(false, anybody).kind).toBe('done');
  });

  it('a step is allowed once, and one with force is another', () => {
    withCertificate('a');
    sign('start');
    expect(finish().kind).toBe('refused');
    expect(start().kind).toBe('done');
    sign('finish');
    expect(finish(true).kind).toBe('refused');
    sign('finish', true);
    expect(finish(true).kind).toBe('done');
    expect(start(officersAuthoriseCaStep, 'two', 'three').kind).toBe('refused');
  });
});
