// What the disk refused: the commands that keep nodes out run again when it takes writes, each of them.

import {
  type Command,
  foresee,
  officersAuthoriseClass,
  Peering,
  quarantineOrRevoke,
  recordCuts,
  setClass,
  submitRequest,
  UnrecordedDenials,
} from '@mesh/membership';
import { parsePolicy } from '@mesh/scoring';
import { expect, it } from 'vitest';
import { Mesh } from '../support/mesh.ts';
import { requestFor, setOfficers, signedBy } from '../support/officers.ts';

/** Two nodes of class gpu that are in, and a class that asks for more. */
function meshOf(): Mesh {
  const mesh = new Mesh();
  mesh.policy = parsePolicy({ classes: [{ name: 'gpu' }, { name: 'strict', threshold: 0.95 }] });
  for (const nodeId of ['gpu-1', 'gpu-2']) mesh.enrol(nodeId, { class: 'gpu' });
  for (const nodeId of ['gpu-1', 'gpu-2']) mesh.admit(nodeId);
  return mesh;
}

/** The disk refuses the commands, one after the other, and takes writes again. */
function afterFailing(mesh: Mesh, ...commands: Command[]): void {
  const unrecorded = new UnrecordedDenials();
  for (const command of commands) unrecorded.keep(foresee(command, mesh.state, mesh.context()));
  mesh.run(
    recordCuts(() => ({
      commands: unrecorded.commands(),
      cuts: new Map(),
      declines: new Map(),
      holds: new Map(),
      failedSinceMs: undefined,
    })),
  );
}

it('a class that was revoked stays revoked, also if one of its nodes is quarantined after that', () => {
  const mesh = meshOf();
  setOfficers(mesh, ['alice', 'bob'], 2);
  const request = requestFor(mesh, { kind: 'class.revoke', parameters: { class: 'gpu' } });
  afterFailing(
    mesh,
    submitRequest(signedBy(request, ['alice', 'bob'])),
    quarantineOrRevoke({ change: 'quarantine', nodeId: 'gpu-1', why: 'x', actor: { kind: 'socket' } }),
  );
  expect(mesh.state.class('gpu')?.revokedAtMs).toBe(mesh.nowMs);
  expect(mesh.node('gpu-2')).toMatchObject({ status: 'quarantined', membership: 'denied' });
  mesh.freeze();
  expect(mesh.node('gpu-2').membership).toBe('denied');
});

it('a node that was denied by a class that asks for more is in that class, and does not come back', () => {
  const mesh = meshOf();
  const rules = {
    allowedIds: undefined,
    mostByClass: new Map(),
    mostByAddress: undefined,
    needsApproval: false,
    limits: new Map(),
    peering: new Peering({}),
  };
  const change = {
    nodeId: 'gpu-1',
    class: 'strict',
    why: 'x',
    actor: { kind: 'socket' },
  } as const;
  afterFailing(mesh, setClass(change, rules, officersAuthoriseClass));
  expect(mesh.node('gpu-1')).toMatchObject({ class: 'strict', membership: 'denied' });
  mesh.run(mesh.submission('gpu-1', 0.9));
  mesh.freeze();
  expect(mesh.node('gpu-1').membership).toBe('denied');
});
