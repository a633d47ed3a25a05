// Who may become a member and who stays one, over the real doors. Each guard is met by its attack, and the
// same request succeeds where the operator has not set the guard.

import { encodeBase64 } from '@mesh/primitives';
import { ProblemError } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch, startTestController } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const logTypes = async (controller: Awaited<ReturnType<typeof startTestController>>) =>
  (await controller.admin.log({ limit: 1000 })).entries.map(({ entry }) => entry.type);

describe('tokens', () => {
  it('are listed without their secrets, withdrawn with a reason, and let nobody in after that', async () => {
    await using controller = await startTestController();
    const { admin } = controller;
    const token = await controller.token({ uses: 3, class: 'default' });
    const first = await enrolTestNode(controller, 'node-a', { token });
    first.close();
    const [, tokenId = '', secret = ''] = token.split('.');
    const { tokens } = await admin.tokens();
    expect(tokens).toMatchObject([
      { token_id: tokenId, state: 'usable', uses_left: 2, nodes: ['node-a'], approve: false },
    ]);
    expect(JSON.stringify(tokens)).not.toContain(secret);
    expect(await admin.withdrawToken(tokenId, 'it leaked')).toMatchObject({ state: 'withdrawn' });
    expect(await problemOf(enrolTestNode(controller, 'node-b', { token }))).toMatchObject({
      code: 'token_invalid',
    });
    await controller.restart();
    expect((await controller.admin.tokens()).tokens).toMatchObject([{ state: 'withdrawn' }]);
    const entry = (await controller.admin.log({ limit: 1000 })).entries.find(
      (found) => found.entry.type === 'token_withdrawn',
    );
    expect(entry?.entry.data).toEqual({ token_id: tokenId, actor: 'socket', why: 'it leaked' });
  });

  it('expire and are spent', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { admin } = mesh.controller;
    await admin.createToken({ ttl_seconds: 60 });
    await mesh.clock.advance(60_000);
    const states = (await admin.tokens()).tokens.map(({ state }) => state);
    expect(states.sort()).toEqual(['expired', 'spent']);
  });
});

describe('an enrolment that needs an approval', () => {
  it.each(['setting', 'token'])('(by the %s) waits, also across a restart, and is answered', async (by) => {
    await using mesh = await runningMesh(['node-a'], { enrolment: { approve: by === 'setting' } });
    const { controller } = mesh;
    if (by === 'setting') await controller.admin.approve('node-a', 'known');
    const token = await controller.token({ approve: by === 'token' });
    const node = await enrolTestNode(controller, 'node-p', { token });
    await node.submit(0.99);
    await openNextEpoch(controller);
    expect(await fullConfig(node)).toMatchObject({ allowed: false, reason_code: 'pending', peers: [] });
    await controller.restart();
    node.reconnect();
    await node.submit(0.99);
    await openNextEpoch(controller);
    expect(await controller.admin.node('node-p')).toMatchObject({
      status: 'pending',
      reason_code: 'pending',
    });
    expect(await controller.admin.approve('node-p', 'known')).toMatchObject({ status: 'active' });
    await node.submit(0.99);
    await openNextEpoch(controller);
    expect(await fullConfig(node)).toMatchObject({ allowed: true });
    node.close();
  });

  it('that is rejected is over: the node is refused at once, on connections that are open too', async () => {
    await using controller = await startTestController({ config: { enrolment: { approve: true } } });
    const node = await enrolTestNode(controller, 'node-p');
    expect(await fullConfig(node)).toMatchObject({ reason_code: 'pending' });
    expect(await controller.admin.reject('node-p', 'nobody knows it')).toMatchObject({ status: 'revoked' });
    const refused = await node.config().catch((error: unknown) => error);
    // A connection that was just ended shows as an error of the network.
    if (refused instanceof ProblemError) expect(refused.problem.code).toBe('node_revoked');
    node.reconnect();
    expect(await problemOf(node.config())).toMatchObject({ code: 'node_revoked' });
    node.close();
  });
});

describe('the rules for enrolments', () => {
  it('refuse a good token for another id than those of the list', async () => {
    await using guarded = await startTestController({ config: { enrolment: { allow: ['node-a'] } } });
    expect(await problemOf(enrolTestNode(guarded, 'node-x'))).toMatchObject({ code: 'enrolment_refused' });
    (await enrolTestNode(guarded, 'node-a')).close();
    await using open = await startTestController();
    (await enrolTestNode(open, 'node-x')).close();
  });

  it('cap what a token with many uses lets in, by class and by address', async () => {
    for (const config of [
      { classes: { default: { max_nodes: 1 } } },
      { enrolment: { nodes_per_address: 1 } },
    ]) {
      await using controller = await startTestController({ config });
      const token = await controller.token({ uses: 9 });
      (await enrolTestNode(controller, 'node-a', { token })).close();
      expect(await problemOf(enrolTestNode(controller, 'node-b', { token }))).toMatchObject({
        code: 'enrolment_refused',
      });
      expect((await controller.admin.tokens()).tokens[0]?.uses_left).toBe(8);
    }
  });
});

describe('a deleted node', () => {
  it('is gone for everybody, and its name, keys and address come back as they should', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller, clock } = mesh;
    const { admin } = controller;
    const old = mesh.node('node-b');
    const held = await fullConfig(mesh.node('node-a'));
    const [address] = old.enrolment.addresses;
    expect(await problemOf(admin.deleteNode('node-b', 'gone'))).toMatchObject({ code: 'state_conflict' });
    await admin.revoke('node-b', 'stolen');
    const deleted = await admin.deleteNode('node-b', 'gone');
    expect(deleted).toMatchObject({ node_id: 'node-b', addresses: [address] });
    // A peer that has not asked since learns of the removal.
    expect(asDelta(await mesh.node('node-a').config({ version: held.version })).removed).toEqual(['node-b']);
    old.reconnect();
    expect(await problemOf(old.config())).toMatchObject({ code: 'node_unknown' });
    await controller.restart();
    for (const node of Object.values(mesh.nodes)) node.reconnect();
    expect((await controller.admin.nodes()).nodes.map((node) => node.node_id)).toEqual(['node-a']);
    // The keys are refused under every name; the name is free.
    for (const name of ['node-b', 'node-c'])
      expect(await problemOf(enrolTestNode(controller, name, { keySeed: 'node-b' }))).toMatchObject({
        code: 'key_spent',
      });
    const early = await enrolTestNode(controller, 'node-b', { keySeed: 'new keys' });
    expect(early.enrolment.addresses).not.toEqual([address]);
    await clock.advance(Date.parse(deleted.addresses_held_until) - clock.nowMs());
    const late = await enrolTestNode(controller, 'node-d');
    expect(late.enrolment.addresses).toEqual([address]);
    expect(await problemOf(old.config())).toMatchObject({ code: 'node_unknown' });
    for (const node of [early, late]) node.close();
    expect((await logTypes(controller)).filter((type) => type === 'node_deleted')).toHaveLength(1);
  });

  it('gets no lease from a query that was waiting', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const node = mesh.node('node-b');
    const { admin } = mesh.controller;
    await admin.revoke('node-b', 'stolen');
    const waiting = node
      .config({ version: (await fullConfig(mesh.node('node-a'))).version, waitSeconds: 20 })
      .then(
        (answer) => (answer === undefined ? '304' : 'config'),
        () => 'refused',
      );
    await admin.deleteNode('node-b', 'gone');
    expect(await waiting).toBe('refused');
  });
});

describe('set-class', () => {
  const config = {
    policy: { classes: [{ name: 'left' }, { name: 'right' }, { name: 'hard', threshold: 0.95 }] },
    peer_groups: { one: ['left', 'default', 'hard'], two: ['right'] },
  };

  it('tells the peers of the class before that the node is no longer theirs', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b:left'], config);
    const held = await fullConfig(mesh.node('node-a'));
    const waiting = mesh.node('node-a').config({ version: held.version, waitSeconds: 20 });
    await untilWaiting(mesh);
    expect(await mesh.controller.admin.setClass('node-b', 'right', 'moved')).toMatchObject({
      class: 'right',
    });
    expect(asDelta(await waiting).removed).toEqual(['node-b']);
    expect((await fullConfig(mesh.node('node-b'))).peers).toEqual([]);
  });

  it('denies a node that misses the new bar, at once', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b'], config);
    const held = await fullConfig(mesh.node('node-a'));
    expect(await mesh.controller.admin.setClass('node-b', 'hard', 'it has a GPU')).toMatchObject({
      class: 'hard',
      membership: 'DENIED',
      reason_code: 'below_threshold',
    });
    expect(asDelta(await mesh.node('node-a').config({ version: held.version })).removed).toEqual(['node-b']);
  });

  it('is refused to one operator where it makes things easier and there are officers', async () => {
    const officers = [{ name: 'anna', public_key: encodeBase64(OFFICER) }];
    await using mesh = await runningMesh(['node-a:hard', 'node-b'], { ...config, officers });
    const { admin } = mesh.controller;
    expect(await problemOf(admin.setClass('node-a', 'default', 'please'))).toMatchObject({
      code: 'officers_required',
    });
    expect(await admin.node('node-a')).toMatchObject({ class: 'hard' });
    await using alone = await runningMesh(['node-a:hard'], config);
    expect(await alone.controller.admin.setClass('node-a', 'default', 'please')).toMatchObject({
      class: 'default',
    });
  });
});

/** The base point: a sound public key whose secret nobody uses here. */
const OFFICER = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 0x58 : 0x66));
