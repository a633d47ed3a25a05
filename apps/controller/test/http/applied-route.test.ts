// POST /v1/applied/{node_id}: what a node reports about its tunnels, what the operator sees of it, and which
// reports are refused.

import { encodeBase64, formatRfc3339 } from '@mesh/primitives';
import { type AppliedMessage, ProblemError } from '@mesh/protocol';
import { FIRST_HANDSHAKE_WITHIN_MS } from '@mesh/wg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNextEpoch, type TestNode } from '../support/index.ts';
import { fullConfig, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

interface Said {
  readonly epochId?: number;
  readonly handshakeAgeMs?: number | null;
}

/** A report about one peer, signed by `signer` in the name of `node`. */
function report(node: TestNode, peer: string, said: Said = {}, over: object = {}, signer = node) {
  const { epochId = 5, handshakeAgeMs = 10_000 } = said;
  return signer.sign('applied', {
    node_id: node.nodeId,
    sequence: node.nextSequence(),
    sent_at: formatRfc3339(Math.floor(node.controller.nowMs())),
    instance_id: node.instanceId,
    epoch_id: epochId,
    peers: [{ node_id: peer, epoch_id: epochId, handshake_age_ms: handshakeAgeMs }],
    ...over,
  }) as AppliedMessage;
}

describe('a node’s report', () => {
  it('is in the operator’s answer: the epoch at both ends, and the age of the handshake', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const pairOf = async (name: string) => (await mesh.controller.admin.node(name)).pairs;
    expect(await pairOf('node-a')).toEqual([]);
    expect(await a.client.reportApplied(report(a, 'node-b', { epochId: 5 }))).toMatchObject({
      status: 'received',
      node_id: 'node-a',
    });
    const known = { node_id: 'node-b', epoch_here: 5, handshake_age_ms: 10_000, suspicion: null };
    expect(await pairOf('node-a')).toMatchObject([{ ...known, epoch_there: null }]);
    await b.client.reportApplied(report(b, 'node-a', { epochId: 4, handshakeAgeMs: 9_000 }));
    await mesh.clock.advance(2_000);
    expect(await pairOf('node-a')).toMatchObject([{ ...known, epoch_there: 4, handshake_age_ms: 12_000 }]);
    expect(await pairOf('node-b')).toMatchObject([
      { node_id: 'node-a', epoch_here: 4, epoch_there: 5, handshake_age_ms: 11_000 },
    ]);
    // The newest report counts.
    await a.client.reportApplied(report(a, 'node-b', { epochId: 6, handshakeAgeMs: 0 }));
    expect(await pairOf('node-a')).toMatchObject([
      { ...known, epoch_here: 6, handshake_age_ms: 0, epoch_there: 4 },
    ]);
  });

  it('is answered with the pairs whose other end reports another epoch, or none', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const differing = async (node: TestNode, peer: string, epochId: number) =>
      (await node.client.reportApplied(report(node, peer, { epochId }))).differing;
    expect(await differing(a, 'node-b', 5)).toEqual([{ node_id: 'node-b', epoch_id: null }]);
    expect(await differing(b, 'node-a', 4)).toEqual([{ node_id: 'node-a', epoch_id: 5 }]);
    expect(await differing(b, 'node-a', 5)).toEqual([]);
    // A node learns only what others report about their pairs with it.
    expect(await differing(a, 'node-c', 5)).toEqual([{ node_id: 'node-c', epoch_id: null }]);
    expect(await differing(b, 'node-a', 6)).toEqual([{ node_id: 'node-a', epoch_id: null }]);
    await mesh.clock.advance(100_001);
    expect(await differing(a, 'node-b', 6)).toEqual([{ node_id: 'node-b', epoch_id: null }]);
  });

  it('of a missing handshake makes the operator’s answer suspect the keys, until there is a handshake', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    const both = async (handshakeAgeMs: number | null) => {
      await a.client.reportApplied(report(a, 'node-b', { handshakeAgeMs }));
      await b.client.reportApplied(report(b, 'node-a', { handshakeAgeMs }));
    };
    const suspicions = async () =>
      (await Promise.all(['node-a', 'node-b'].map((name) => mesh.controller.admin.node(name)))).map(
        ({ pairs }) => pairs[0]?.suspicion,
      );
    await both(null);
    await mesh.clock.advance(FIRST_HANDSHAKE_WITHIN_MS);
    expect(await suspicions()).toEqual([null, null]);
    await mesh.clock.advance(1);
    expect(await suspicions()).toEqual(['psk_mismatch', 'psk_mismatch']);
    await both(1_000);
    expect(await suspicions()).toEqual([null, null]);
  });
});

const interfaceTaken = {
  since: '2026-11-29T08:00:00Z',
  code: 'interface_taken',
  reason: 'mesh0 is a bridge',
};

describe('what fails at a node according to its report', () => {
  const measurement = { ...interfaceTaken, code: 'unanswered', reason: '24 of 24 unanswered: HTTP 404' };

  it('is shown to the operator until it is over or reports stop; the node stays in', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const a = mesh.node('node-a');
    const shown = async () => (await mesh.controller.admin.node('node-a')).troubles;
    const none = { tunnel: null, measurement: null, log: null };
    expect(await shown()).toEqual(none);
    const failing = { epoch_id: null, peers: [], troubles: { tunnel: interfaceTaken, measurement } };
    await a.client.reportApplied(report(a, 'node-b', {}, failing));
    expect(await shown()).toEqual({ ...none, tunnel: interfaceTaken, measurement });
    await a.client.reportApplied(report(a, 'node-b', {}, { troubles: { measurement } }));
    expect(await shown()).toEqual({ ...none, measurement });
    expect((await mesh.controller.admin.node('node-a')).membership).toBe('ALLOWED');
    await mesh.clock.advance(100_001);
    expect(await shown()).toEqual(none);
  });

  it.each([
    ['an unknown part', { network: interfaceTaken }],
    ['a reason of two lines', { tunnel: { ...interfaceTaken, reason: 'one\ntwo' } }],
    ['a reason that is too long', { tunnel: { ...interfaceTaken, reason: 'x'.repeat(513) } }],
    ['an invalid code', { tunnel: { ...interfaceTaken, code: 'Not A Code' } }],
    ['an invalid time', { tunnel: { ...interfaceTaken, since: 'lately' } }],
  ])('is refused with %s', async (_what, troubles) => {
    await using mesh = await runningMesh(['node-a']);
    const a = mesh.node('node-a');
    const { problem } = await refusalOf(a.client.reportApplied(report(a, 'node-b', {}, { troubles })));
    expect(problem.code).toBe('invalid_message');
  });
});

describe('a policy that limits how long a tunnel may fail', () => {
  const config = { policy: { threshold: 0.5, unreachableAfterMs: 60_000 } };
  const says = (node: TestNode, troubles: object = {}) =>
    node.client.reportApplied(report(node, 'node-b', {}, { troubles }));
  const entriesOf = async ({ controller }: RunningMesh) =>
    (await controller.admin.node('node-a')).log.flatMap(({ entry }) =>
      ['node_unreachable', 'node_reachable', 'node_denied', 'node_admitted'].includes(String(entry.type))
        ? [entry]
        : [],
    );

  it('denies the node with the first report after that, and lets it back at a boundary when its tunnel works', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], config);
    const a = mesh.node('node-a');
    const standing = async () => {
      const { membership, reason_code } = await mesh.controller.admin.node('node-a');
      return [membership, reason_code];
    };
    await says(a, { tunnel: interfaceTaken });
    await mesh.clock.advance(59_999);
    await a.submit(0.9);
    await says(a, { tunnel: { ...interfaceTaken, code: 'route_conflict', reason: 'eth1 has the route' } });
    expect(await standing()).toEqual(['ALLOWED', 'ok']);
    await mesh.clock.advance(1);
    await says(a, { tunnel: interfaceTaken });
    expect(await standing()).toEqual(['DENIED', 'unreachable']);
    // Its score is good, but no peer can reach it.
    await a.submit(0.9);
    await openNextEpoch(mesh.controller);
    await says(a, { tunnel: interfaceTaken });
    expect(await standing()).toEqual(['DENIED', 'unreachable']);
    await says(a, { measurement: interfaceTaken });
    await a.submit(0.9);
    await openNextEpoch(mesh.controller);
    expect(await standing()).toEqual(['ALLOWED', 'ok']);
    expect((await entriesOf(mesh)).map(({ type }) => type)).toEqual([
      'node_admitted',
      'node_unreachable',
      'node_denied',
      'node_reachable',
      'node_admitted',
    ]);
    expect((await entriesOf(mesh)).find(({ type }) => type === 'node_unreachable')).toMatchObject({
      data: { code: 'interface_taken' },
      revealed: { detail: 'mesh0 is a bridge' },
    });
  });

  it('counts from the first report of an unbroken series: a report of success starts it again', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], config);
    const a = mesh.node('node-a');
    for (const troubles of [{ tunnel: interfaceTaken }, {}, { tunnel: interfaceTaken }]) {
      await a.submit(0.9);
      await says(a, troubles);
      await mesh.clock.advance(40_000);
    }
    await says(a, { tunnel: interfaceTaken });
    expect((await mesh.controller.admin.node('node-a')).membership).toBe('ALLOWED');
    expect((await entriesOf(mesh)).map(({ type }) => type)).toEqual(['node_admitted']);
  });

  it('cuts the node even while storage fails, and records the reason when storage works again', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], config);
    const { controller, clock } = mesh;
    const [a, b] = [mesh.node('node-a'), mesh.node('node-b')];
    await says(a, { tunnel: interfaceTaken });
    await clock.advance(60_000);
    controller.failWrites(true);
    expect((await refusalOf(says(a, { tunnel: interfaceTaken }))).problem.code).toBe('storage_unavailable');
    expect((await fullConfig(b)).peers).toEqual([]);
    // A report that changes nothing needs no write.
    expect(await says(a)).toMatchObject({ status: 'received' });
    expect((await fullConfig(b)).peers).toEqual([]);
    controller.failWrites(false);
    await clock.advance(500);
    expect((await entriesOf(mesh)).map(({ type }) => type).slice(-2)).toEqual([
      'node_unreachable',
      'node_denied',
    ]);
    await says(a);
    await a.submit(0.9);
    await openNextEpoch(controller);
    expect(await controller.admin.node('node-a')).toMatchObject({ membership: 'ALLOWED' });
  });

  it('holds across a restart of the controller', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], config);
    const a = mesh.node('node-a');
    await says(a, { tunnel: interfaceTaken });
    await mesh.clock.advance(60_000);
    await says(a, { tunnel: interfaceTaken });
    await mesh.controller.restart();
    a.reconnect();
    await a.submit(0.9);
    await openNextEpoch(mesh.controller);
    expect(await mesh.controller.admin.node('node-a')).toMatchObject({ reason_code: 'unreachable' });
    await says(a);
    await a.submit(0.9);
    await openNextEpoch(mesh.controller);
    expect(await mesh.controller.admin.node('node-a')).toMatchObject({ membership: 'ALLOWED' });
  });
});

describe('a report is refused, and the known state stays,', () => {
  let mesh: RunningMesh;
  let node: TestNode;
  let other: TestNode;

  beforeAll(async () => {
    mesh = await runningMesh(['node-a', 'node-b']);
    [node, other] = [mesh.node('node-a'), mesh.node('node-b')];
    await node.client.reportApplied(report(node, 'node-b', { epochId: 7 }));
  });
  afterAll(() => mesh[Symbol.asyncDispose]());

  const changed = (message: AppliedMessage): AppliedMessage => ({ ...message, epoch_id: 9 as never });
  const cases: readonly (readonly [string, string, () => AppliedMessage])[] = [
    ['for another node', 'node_mismatch', () => report(other, 'node-a')],
    ['for another mesh', 'mesh_mismatch', () => report(node, 'node-b', {}, { mesh_id: 'othermesh' })],
    ['signed by another node', 'bad_signature', () => report(node, 'node-b', {}, {}, other)],
    ['changed after it was signed', 'bad_signature', () => changed(report(node, 'node-b'))],
    [
      'signed as another kind',
      'bad_signature',
      () => node.sign('leave', { ...report(node, 'node-b'), signature: undefined }) as AppliedMessage,
    ],
    [
      'with no signature of any key',
      'bad_signature',
      () => ({ ...report(node, 'node-b'), signature: encodeBase64(new Uint8Array(64)) as never }),
    ],
    [
      'with a handshake in the future',
      'invalid_message',
      () => report(node, 'node-b', { handshakeAgeMs: -1 }),
    ],
    ['with an unknown field', 'invalid_message', () => report(node, 'node-b', {}, { note: 'x' })],
  ];

  it.each(cases)('%s: %s', async (_what, code, message) => {
    const refusal = await refusalOf(node.client.reportApplied(message()));
    expect(refusal.problem.code).toBe(code);
    await expectUnchanged();
  });

  it('if it is repeated or its sequence is below the last one; the refusal names the last sequence', async () => {
    const message = report(node, 'node-b', { epochId: 7 });
    await node.client.reportApplied(message);
    const older = report(node, 'node-b', { epochId: 9 }, { sequence: Number(message.sequence) - 1 });
    for (const again of [message, older]) {
      const { problem } = await refusalOf(node.client.reportApplied(again));
      expect(problem).toMatchObject({ code: 'sequence_replayed', last_sequence: message.sequence });
    }
    await expectUnchanged();
  });

  it('with the highest possible sequence, so that no node silences itself', async () => {
    const { problem } = await refusalOf(
      node.client.reportApplied(report(node, 'node-b', {}, { sequence: Number.MAX_SAFE_INTEGER })),
    );
    expect(problem).toMatchObject({ code: 'sequence_too_far' });
    await node.client.reportApplied(report(node, 'node-b', { epochId: 7 }));
    await expectUnchanged();
  });

  async function expectUnchanged(): Promise<void> {
    const { pairs } = await mesh.controller.admin.node('node-a');
    expect(pairs).toMatchObject([{ node_id: 'node-b', epoch_here: 7, epoch_there: null }]);
    expect((await mesh.controller.admin.node('node-b')).pairs).toEqual([]);
  }
});

async function refusalOf(pending: Promise<unknown>): Promise<ProblemError> {
  const error = await pending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProblemError)) throw new Error('it was to be refused', { cause: error });
  return error;
}
