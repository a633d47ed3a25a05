// A node replaces its own keys: authorised by its present identity key, with each new key proven, and logged.

import { encodeBase64, formatRfc3339 } from '@mesh/primitives';
import type { AppliedMessage, EndpointMessage, ProblemError } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch, TestNode, until } from '../support/index.ts';
import { rotation, type WantedKeys } from '../support/key-rotation.ts';
import { keysFrom, type NodeKeys } from '../support/node-keys.ts';
import { asDelta, fullConfig, problemOf, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const rotate = async (node: TestNode, wanted: WantedKeys) =>
  node.client.rotateKeys(await rotation(node, wanted));

/** The node as it is with the new identity. */
function renewed(node: TestNode, keys: NodeKeys, certificatePem: string | undefined): TestNode {
  const enrolment = { ...node.enrolment, certificate_pem: certificatePem ?? '' };
  return new TestNode(node.controller, node.nodeId, { keys: { ...node.keys, ...keys }, enrolment });
}
const typesOf = async ({ controller }: RunningMesh, nodeId: string) =>
  (await controller.admin.log({ limit: 1000 })).entries
    .filter(({ entry }) => entry.node_id === nodeId && String(entry.type).includes('key'))
    .map(({ entry }) => entry.type);

describe('a new identity key', () => {
  const fresh = keysFrom('a fresh identity');

  it('takes over with its first use, and the one before is refused from then on, in every role', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const node = mesh.node('node-a');
    const first = await rotate(node, { identity: fresh });
    // The answer may have been lost: the old key still works, and asking again gives the same.
    expect(first.identity_key).toBe(encodeBase64(node.keys.identityKey));
    await node.submit(0.9);
    const again = await rotate(node, { identity: fresh });
    expect(await typesOf(mesh, 'node-a')).toEqual(['identity_key_announced']);
    await mesh.controller.restart();
    node.reconnect();
    const now = renewed(node, fresh, again.certificate_pem);
    await mesh.clock.advance(1);
    expect(await now.submit(0.9)).toMatchObject({ status: 'received' });
    await mesh.clock.advance(1);
    expect(await now.submit(0.9)).toMatchObject({ status: 'received' });
    expect(await problemOf(node.submit(0.9))).toMatchObject({ code: 'node_unknown' });
    expect((await mesh.controller.admin.node('node-a')).identity_key).toBe(encodeBase64(fresh.identityKey));
    expect(await problemOf(enrolTestNode(mesh.controller, 'node-x', { keySeed: 'node-a' }))).toMatchObject({
      code: 'key_spent',
    });
    expect(await typesOf(mesh, 'node-a')).toEqual(['identity_key_announced', 'identity_key_changed']);
    now.close();
  });

  it('keeps the node in: no peer is told anything', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { version } = await fullConfig(mesh.node('node-b'));
    const { certificate_pem } = await rotate(mesh.node('node-a'), { identity: fresh });
    const now = renewed(mesh.node('node-a'), fresh, certificate_pem);
    expect(await fullConfig(now)).toMatchObject({ allowed: true });
    expect(await mesh.node('node-b').config({ version })).toBeUndefined();
    now.close();
  });

  it.each([
    [
      'a certificate of another node',
      (mesh: RunningMesh) => ({ node: mesh.node('node-b') }),
      'node_mismatch',
    ],
    [
      'the signature of another node',
      (mesh: RunningMesh) => ({ wanted: { signer: mesh.node('node-b').keys } }),
      'bad_signature',
    ],
    ['the signature of the new key alone', () => ({ wanted: { signer: fresh } }), 'bad_signature'],
    ['a proof by another key', () => ({ wanted: { proofBy: keysFrom('other') } }), 'possession_failed'],
    [
      'a key that another node has',
      (mesh: RunningMesh) => ({ wanted: { identity: mesh.node('node-b').keys } }),
      'node_exists',
    ],
  ])('is refused with %s, and nothing changes', async (_what, attackOf, code) => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const attack: { node?: TestNode; wanted?: WantedKeys } = attackOf(mesh);
    const message = await rotation(mesh.node('node-a'), { identity: fresh, ...attack.wanted });
    const sender = attack.node ?? mesh.node('node-a');
    expect(await problemOf(sender.client.rotateKeys(message))).toMatchObject({ code });
    expect(await typesOf(mesh, 'node-a')).toEqual([]);
    expect(mesh.controller.running.services.view.node('node-a')?.nextIdentityKey).toBeUndefined();
  });
});

describe('new WireGuard keys', () => {
  const [one, two] = [keysFrom('one'), keysFrom('two')];
  const strict = { rotation: 'strict', epoch_seconds: 60, max_benchmark_age_seconds: 3600 } as const;

  it('change at once in a slot that carries nothing, peers are told, and the old key is spent', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], strict);
    const { controller } = mesh;
    const node = mesh.node('node-a');
    await rotate(node, { wireguard: { b: one }, mayInterrupt: true });
    // Ten seconds after a boundary: the slot before is empty, and the next epoch is far.
    await mesh.clock.advance(60_000 - (controller.nowMs() % 60_000) + 10_000);
    const { view } = controller.running.services;
    const inForce = () => view.epochs().at(-1);
    await until(
      'the epoch of the boundary',
      () => (inForce()?.activateAtMs ?? 0) === controller.nowMs() - 10_000,
    );
    const [busy, free] = (inForce()?.epochId ?? 0) % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const);
    const held = await fullConfig(mesh.node('node-b'));
    expect(await problemOf(rotate(node, { wireguard: { [busy]: two } }))).toMatchObject({
      code: 'state_conflict',
    });
    const before = view.node('node-a')?.wgPublicKeys[free];
    const answer = await rotate(node, { wireguard: { [free]: two } });
    expect(answer.wg_public_keys[free]).toBe(encodeBase64(two.wgPublic));
    const { added } = asDelta(await mesh.node('node-b').config({ version: held.version }));
    expect(added).toMatchObject([{ node_id: 'node-a', public_keys: { [free]: encodeBase64(two.wgPublic) } }]);
    expect(view.isKeySpent(before ?? '')).toBe(true);
    // Asking again changes nothing; the key before does not come back.
    await rotate(node, { wireguard: { [free]: two } });
    const types = await typesOf(mesh, 'node-a');
    expect(types.filter((type) => type === 'wg_keys_changed')).toHaveLength(2);
  });

  it('break tunnels only if the node says that they may; then both ends get the same new PSK', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [node, peer] = [mesh.node('node-a'), mesh.node('node-b')];
    const held = await fullConfig(peer);
    expect(await problemOf(rotate(node, { wireguard: { a: one } }))).toMatchObject({
      code: 'state_conflict',
    });
    await rotate(node, { wireguard: { a: one }, mayInterrupt: true });
    const { added, keys } = asDelta(await peer.config({ version: held.version }));
    expect(added).toMatchObject([{ public_keys: { a: encodeBase64(one.wgPublic) } }]);
    const own = (await fullConfig(node)).keys;
    const psk = keys?.suite === 'none' ? keys.current?.psks['node-a' as never] : undefined;
    expect(psk).toBeDefined();
    expect(own?.suite === 'none' ? own.current?.psks['node-b' as never] : undefined).toBe(psk);
    const old = held.keys?.suite === 'none' ? held.keys.current?.psks['node-a' as never] : undefined;
    expect(old).not.toBe(psk);
    await openNextEpoch(mesh.controller);
  });

  it('take the place of the present ones with rotation in place once both ends have moved away', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const [node, peer] = [mesh.node('node-a'), mesh.node('node-b')];
    const ask = async () =>
      await rotate(node, { wireguard: { a: one } }).catch((error: ProblemError) => error.problem);
    const use = async (of: TestNode) => {
      const answer = await of.client.config({ movesSlots: true });
      return answer?.body && 'peers' in answer.body ? answer.body.peers[0]?.use_slot_b : undefined;
    };
    const report = (of: TestNode, other: string, slot?: 'b') =>
      of.client.reportApplied(
        of.sign('applied', {
          sequence: of.nextSequence(),
          sent_at: formatRfc3339(Math.floor(of.controller.nowMs())),
          instance_id: of.instanceId,
          epoch_id: null,
          peers: [{ node_id: other, epoch_id: null, handshake_age_ms: 1_000, ...(slot && { slot }) }],
        }) as AppliedMessage,
      );
    // The nodes have no key and no port for slot b.
    expect(await use(node)).toBeUndefined();
    expect(await ask()).toMatchObject({ code: 'state_conflict', detail: expect.stringContaining('node-b') });
    for (const [each, name] of [
      [node, 'node-a'],
      [peer, 'node-b'],
    ] as const) {
      await rotate(each, { wireguard: { b: keysFrom(`slot b of ${name}`) } });
      await each.client.reportEndpoint(
        each.sign('endpoint', {
          sequence: each.nextSequence(),
          sent_at: formatRfc3339(Math.floor(each.controller.nowMs())),
          listen_ports: { a: 51_820, b: 51_821 },
          advertise: [],
        }) as EndpointMessage,
      );
    }
    expect(await use(peer)).toBeUndefined();
    expect(await ask()).toMatchObject({ code: 'state_conflict', ask_again: 'yes' });
    expect([await use(node), await use(peer)]).toEqual(['send', 'send']);
    // An agent that does not know moves is not told of one: it would refuse the whole config.
    expect(await fullConfig(peer)).not.toHaveProperty('peers.0.use_slot_b');
    // Slot b carries tunnels meanwhile.
    await use(peer);
    expect(await problemOf(rotate(node, { wireguard: { b: two } }))).toMatchObject({
      code: 'state_conflict',
    });
    await report(node, 'node-b', 'b');
    expect(await ask()).toMatchObject({ ask_again: 'yes' });
    const before = await typesOf(mesh, 'node-a');
    await report(peer, 'node-a', 'b');
    expect(await ask()).toMatchObject({ wg_public_keys: { a: encodeBase64(one.wgPublic) } });
    expect([await use(node), await use(peer)]).toEqual(['receive', 'receive']);
    await report(node, 'node-b');
    await report(peer, 'node-a');
    await mesh.clock.advance(1_000);
    expect([await use(node), await use(peer)]).toEqual([undefined, undefined]);
    expect(await typesOf(mesh, 'node-a')).toEqual([...before, 'wg_keys_changed']);
  });

  it('move no tunnels at the request of another node', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    for (const name of ['node-a', 'node-b']) await mesh.node(name).client.config({ movesSlots: true });
    const message = await rotation(mesh.node('node-a'), { wireguard: { a: one } });
    const { slotMoves, view } = mesh.controller.running.services;
    const asked: string[] = [];
    const { ask } = slotMoves;
    slotMoves.ask = (node) => {
      asked.push(node.nodeId);
      return ask.call(slotMoves, node);
    };
    expect(await problemOf(mesh.node('node-b').client.rotateKeys(message))).toMatchObject({
      code: 'node_mismatch',
    });
    const forged = await rotation(mesh.node('node-a'), {
      wireguard: { a: one },
      signer: mesh.node('node-b').keys,
    });
    expect(await problemOf(mesh.node('node-a').client.rotateKeys(forged))).toMatchObject({
      code: 'bad_signature',
    });
    const unproven = await rotation(mesh.node('node-a'), { wireguard: { a: one }, over: { wg_proofs: {} } });
    expect(await problemOf(mesh.node('node-a').client.rotateKeys(unproven))).toMatchObject({
      code: 'possession_failed',
    });
    expect(asked).toEqual([]);
    // Without the checks before it, the request would reach the moves.
    const record = view.node('node-a');
    if (record !== undefined) slotMoves.ask(record);
    expect(asked).toEqual(['node-a']);
  });

  it.each([
    ['no proof', { wg_proofs: {} }],
    ['a proof for the other slot', { wg_proofs: { b: encodeBase64(new Uint8Array(32)) } }],
  ])('are refused with %s', async (_what, over) => {
    await using mesh = await runningMesh(['node-a']);
    expect(
      await problemOf(rotate(mesh.node('node-a'), { wireguard: { a: one }, mayInterrupt: true, over })),
    ).toMatchObject({ code: 'possession_failed' });
  });

  it('are taken ten times a minute; what is refused does not count', async () => {
    await using mesh = await runningMesh(['node-a'], { limits: { node_per_minute: 1_000 } });
    const node = mesh.node('node-a');
    const { submissions, view, journal } = mesh.controller.running.services;
    const change = (name: string, mayInterrupt = true) =>
      rotate(node, { wireguard: { a: keysFrom(name) }, mayInterrupt });
    for (let asked = 0; asked < 12; asked++)
      expect(await problemOf(change('first', false))).toMatchObject({ code: 'state_conflict' });
    for (let asked = 0; asked < 10; asked++) await change(`key ${asked}`);
    const before = [view.node('node-a')?.wgPublicKeys, journal.head().size];
    expect(await problemOf(change('one more'))).toMatchObject({ code: 'rate_limited', retryAfter: 6 });
    expect([view.node('node-a')?.wgPublicKeys, journal.head().size]).toEqual(before);
    // Without the guard there is no end to them.
    submissions.charge = () => undefined;
    for (let asked = 0; asked < 10; asked++) await change(`more ${asked}`);
  });

  it('of a recorded request do not come back when it is replayed', async () => {
    await using mesh = await runningMesh(['node-a']);
    const node = mesh.node('node-a');
    const recorded = await rotation(node, { wireguard: { a: one }, mayInterrupt: true });
    await node.client.rotateKeys(recorded);
    await rotate(node, { wireguard: { a: two }, mayInterrupt: true });
    expect(await problemOf(node.client.rotateKeys(recorded))).toMatchObject({ code: 'key_spent' });
  });
});
