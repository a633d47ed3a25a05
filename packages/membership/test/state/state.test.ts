// The fold and its layers: an event changes exactly what it says, and a dropped draft leaves no trace.

import type { MeshEvent } from '@mesh/membership';
import {
  applyEvent,
  epochsAt,
  InconsistentEventError,
  logEntryOf,
  MeshDraft,
  type MeshView,
} from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import { parseIpAddress } from '@mesh/wg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mesh, NOW } from '../support/mesh.ts';

const snapshot = (view: MeshView) => ({
  nodes: [...view.nodes()].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1)),
  count: view.nodeCount(),
  epochs: view.epochs(),
});

describe('apply-event', () => {
  it.each([
    ['an unknown node', { type: 'node_released', nodeId: 'x', why: '', actor: { kind: 'socket' } }],
    ['an enrolment without a token', { type: 'node_enrolled', nodeId: 'x', tokenId: 'none', addresses: [] }],
  ])('refuses %s as a bug', (_what, event) => {
    const draft = new MeshDraft(new Mesh().state);
    const { policy } = new Mesh();
    expect(() => applyEvent(draft, event as unknown as MeshEvent, NOW, policy)).toThrow(
      InconsistentEventError,
    );
  });

  it('refuses to enrol a node twice', () => {
    const mesh = new Mesh();
    mesh.enrol('node-a');
    const enrolled = mesh.events.find((event) => event.type === 'node_enrolled');
    if (enrolled === undefined) throw new Error('no such event');
    expect(() => mesh.apply(enrolled)).toThrow('the node exists');
  });

  it.each([
    ['node_quarantined', { status: 'quarantined', quarantinedAtMs: NOW + 9 }],
    ['node_released', { status: 'active' }],
    ['node_revoked', { status: 'revoked' }],
  ] as const)('%s changes the status, and the time of a quarantine', (type, change) => {
    const mesh = new Mesh();
    const before = mesh.admit('node-a');
    mesh.nowMs += 9;
    mesh.apply({ type, nodeId: before.nodeId, why: 'x', actor: { kind: 'socket' } });
    expect(mesh.node('node-a')).toEqual({ ...before, ...change, updatedAtMs: mesh.nowMs });
  });

  it('certificate_issued puts the serial on record', () => {
    const mesh = new Mesh();
    const before = mesh.enrol('node-a');
    mesh.apply({ type: 'certificate_issued', nodeId: before.nodeId, serial: 'ab', notAfterMs: 5 });
    expect(mesh.node('node-a').certificate).toEqual({ serial: 'ab', notAfterMs: 5 });
  });

  it.each(['controller_started', 'storage_recovered', 'message_rejected', 'messages_rejected'] as const)(
    '%s changes nothing',
    (type) => {
      const mesh = new Mesh();
      mesh.admit('node-a');
      const before = snapshot(mesh.state);
      const nodeId = parseNodeId('node-a');
      const event = {
        type,
        version: '1',
        failedSinceMs: 1,
        nodeId,
        kind: 'k',
        code: 'c',
        detail: 'd',
        sinceMs: 1,
        refusals: [],
      };
      mesh.apply(event as unknown as MeshEvent);
      expect(snapshot(mesh.state)).toEqual(before);
    },
  );
});

describe('epochs in force', () => {
  it.each([
    [-1, undefined, 1],
    [0, 1, undefined],
    [1, 1, undefined],
  ])('%d ms from activation', (step, current, next) => {
    const mesh = new Mesh();
    mesh.freeze(NOW + 5_000);
    const at = epochsAt(mesh.state, NOW + 5_000 + step);
    expect([at.current?.epochId, at.next?.epochId]).toEqual([current, next]);
  });
  it('follow the order of opening after the clock jumped back', () => {
    const mesh = new Mesh();
    mesh.freeze(NOW + 3_600_000);
    mesh.freeze(NOW);
    expect(epochsAt(mesh.state, NOW)).toMatchObject({ current: { epochId: 2 }, next: undefined });
  });
});

/** Random steps of a small mesh. They have names, so that people can read a failure. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('enrol', 'good', 'bad', 'freeze', 'quarantine', 'release'),
    node: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 30 },
);

function play(mesh: Mesh, { what, node }: { what: string; node: number }): void {
  const nodeId = `node-${node}`;
  if (what === 'freeze') mesh.freeze();
  else if (what === 'enrol') {
    if (mesh.state.node(nodeId) === undefined) mesh.enrol(nodeId);
  } else if (mesh.state.node(nodeId) !== undefined) {
    if (what === 'good' || what === 'bad') mesh.run(mesh.submission(nodeId, what === 'good' ? 0.9 : 0.3));
    else {
      const type = what === 'quarantine' ? 'node_quarantined' : 'node_released';
      mesh.apply({ type, nodeId: parseNodeId(nodeId), why: 'x', actor: { kind: 'socket' } });
    }
  }
}

describe('drafts', () => {
  it('folding in layers gives the same as folding at once, for any events', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (script, batchSize) => {
        const mesh = new Mesh();
        for (const step of script) play(mesh, step);
        const replayed = new Mesh();
        for (let at = 0; at < mesh.events.length; at += batchSize) {
          const batch = new MeshDraft(replayed.state);
          for (const event of mesh.events.slice(at, at + batchSize)) {
            const dropped = new MeshDraft(batch);
            applyEvent(dropped, event, NOW, mesh.policy);
            const item = new MeshDraft(batch);
            applyEvent(item, event, NOW, mesh.policy);
            expect(snapshot(item)).toEqual(snapshot(dropped));
            batch.merge(item.changes());
          }
          const foreseen = snapshot(batch);
          replayed.state.merge(batch.changes());
          expect(snapshot(replayed.state)).toEqual(foreseen);
        }
        expect(snapshot(replayed.state)).toEqual(snapshot(mesh.state));
      }),
      { numRuns: 60 },
    );
  });

  it('a dropped draft leaves no trace', () => {
    const mesh = new Mesh();
    mesh.enrol('node-a');
    const before = snapshot(mesh.state);
    const draft = new MeshDraft(mesh.state);
    const free = parseIpAddress('10.77.0.99');
    draft.putNode({ ...mesh.node('node-a'), nodeId: parseNodeId('node-b'), addresses: [free] });
    expect([draft.nodeCount(), draft.isAddressTaken(free)]).toEqual([2, true]);
    expect(snapshot(mesh.state)).toEqual(before);
    expect(mesh.state.isAddressTaken(free)).toBe(false);
  });
});

describe('log entries', () => {
  it('show no score, no reason with numbers and no address of a node: those are details', () => {
    const mesh = new Mesh();
    mesh.enrol('node-a');
    mesh.run(mesh.submission('node-a', { overall: 0.123_456, refusal: 0.654_321 }));
    mesh.admit('node-a');
    mesh.run(mesh.submission('node-a', { overall: 0.234_567 }));
    const shown = mesh.events.map((event) => JSON.stringify(logEntryOf(event).data)).join();
    const hidden = mesh.events.map((event) => JSON.stringify(logEntryOf(event).details)).join();
    for (const secret of ['0.123456', '0.654321', '0.234567']) {
      expect(shown).not.toContain(secret);
      expect(hidden).toContain(secret);
    }
    expect(shown).not.toContain(mesh.state.token('token-node-a' as TokenId)?.secretHash);
  });
});
