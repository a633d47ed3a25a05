// What the operator uses: the socket, status.json and the log lines. No secret is in any of them.

import { existsSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createAddressRateLimit, createSocketFetch, networkOf } from '@mesh/host';
import { statusFile } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { enrolTestNode, openNextEpoch, startTestController } from '../support/index.ts';
import { fullConfig, problemOf, runningMesh } from '../support/running-mesh.ts';

describe('the administration socket', () => {
  it('can be opened by its owner only, and is removed with the controller', async () => {
    await using controller = await startTestController();
    const { socketPath } = controller.running;
    expect([lstatSync(socketPath).isSocket(), statSync(socketPath).mode & 0o777]).toEqual([true, 0o600]);
    await controller.stop();
    expect(existsSync(socketPath)).toBe(false);
  });

  it('replaces a stale socket, but neither a file nor a socket in use', async () => {
    await using controller = await startTestController();
    const { socketPath } = controller.running;
    await controller.stop();
    const foreign = createServer().listen(socketPath);
    await new Promise((resolve) => foreign.once('listening', resolve));
    await expect(controller.start()).rejects.toThrow('another process listens');
    await new Promise((resolve) => foreign.close(resolve));
    writeFileSync(socketPath, 'in the way');
    await expect(controller.start()).rejects.toThrow('not a socket');
    expect(readFileSync(socketPath, 'utf8')).toBe('in the way');
  });

  it('creates tokens, lists and shows nodes, rotates, reads the log', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { admin } = mesh.controller;
    const { nodes } = await admin.nodes();
    expect(nodes.map((node) => [node.node_id, node.membership])).toEqual([
      ['node-a', 'ALLOWED'],
      ['node-b', 'ALLOWED'],
    ]);
    expect(nodes[0]?.last_seen_at).not.toBeNull();
    expect(await admin.node('node-a')).toMatchObject({ last_benchmark: { overall: 0.9 }, status: 'active' });
    const page = await admin.log({ limit: 1 });
    expect([page.entries.length, page.entries[0]?.entry.type]).toEqual([1, 'controller_started']);
    expect(page.size).toBeGreaterThan(5);
    const raw = createSocketFetch(mesh.controller.running.socketPath);
    expect((await raw('http://localhost/health')).status).toBe(200);
    raw.close();
  });
});

describe("the proof of concept's answers", () => {
  it('keep their fields', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const epochId = (await mesh.controller.public.health()).epoch_id;
    expect(await mesh.controller.public.health()).toEqual({ status: 'ok', epoch_id: epochId });
    expect(await mesh.node('node-a').submit(0.8)).toMatchObject({
      status: 'received',
      node_id: 'node-a',
      epoch_id: epochId,
    });
    expect(await mesh.node('node-a').client.epoch()).toMatchObject({
      epoch_id: epochId,
      expiry_utc: expect.stringMatching(/Z$/),
      secret_hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      nodes: { 'node-a': { membership: 'ALLOWED', reason: expect.any(String) } },
    });
    const config = await fullConfig(mesh.node('node-a'));
    expect(config).toMatchObject({ node_id: 'node-a', epoch_id: epochId, allowed: true });
    expect(config.reason).not.toBe('');
    expect(config).not.toHaveProperty('psk_base64');
    expect((await mesh.controller.admin.rotate()).status).toBe('rotate triggered');
  });
});

describe('status.json', () => {
  it('says who is in and why, follows changes, and is complete when the controller has stopped', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller, clock } = mesh;
    const newcomer = await enrolTestNode(controller, 'node-n');
    await mesh.node('node-b').submit(0.25);
    const { status: path } = controller.paths;
    await controller.stop();
    const text = readFileSync(path, 'utf8');
    const status = statusFile.parse(JSON.parse(text));
    expect(status.nodes).toMatchObject({
      'node-a': { membership: 'ALLOWED', last_benchmark: { suite_version: 'kit-1' } },
      'node-b': { membership: 'DENIED', reason_code: 'below_threshold' },
      'node-n': { membership: 'UNKNOWN', last_benchmark: null },
    });
    expect(status.warnings).toEqual([expect.stringContaining('one operator alone can revoke nodes')]);
    expect(status.epoch.id).toBeGreaterThan(1);
    expect(Date.parse(status.epoch.expiry_utc)).toBeGreaterThan(clock.nowMs());
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(text).not.toMatch(/psk|key|token/i);
    newcomer.close();
  });
});

describe('the log lines at trace level', () => {
  it('hold no token, key or PSK; a planted one is found', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller } = mesh;
    const token = await controller.token();
    const node = await enrolTestNode(controller, 'node-n', { token });
    for (const each of [node, mesh.node('node-a'), mesh.node('node-b')]) await each.submit(0.9);
    await openNextEpoch(controller);
    const config = await fullConfig(node);
    const psks = [...Object.values(config.keys?.current?.psks ?? {})];
    expect(psks.length).toBeGreaterThan(0);
    await problemOf(node.client.submitBenchmark({ ...node.benchmark(0.9), notes: 'changed' }));
    controller.failWrites(true);
    await problemOf(node.submit(0.1));
    controller.failWrites(false);
    const masterKey = readFileSync(controller.config.master_key_file);
    const secrets = [
      token,
      token.split('.')[2] ?? '',
      ...psks,
      Buffer.from(node.keys.seed).toString('base64'),
      Buffer.from(node.keys.seed).toString('hex'),
      masterKey.toString('base64'),
      masterKey.toString('hex'),
    ];
    const found = () => secrets.filter((secret) => controller.logLines.some((line) => line.includes(secret)));
    expect(controller.logLines.length).toBeGreaterThan(20);
    expect(controller.logLines.some((line) => line.includes('/v1/config/node-n'))).toBe(true);
    expect(found()).toEqual([]);
    controller.running.services.logger.info(`planted ${psks[0]}`);
    expect(found()).toEqual([psks[0]]);
    node.close();
  });
});

describe('limits', () => {
  it('count the requests of an address before authentication', async () => {
    const limits = { node_per_minute: 1000, address_per_minute: 5 };
    await using controller = await startTestController({ config: { limits } });
    for (let sent = 0; sent < 5; sent++) await controller.public.health();
    const refused = await problemOf(controller.public.health());
    expect(refused.code).toBe('rate_limited');
    expect(refused.retryAfter).toBeGreaterThan(0);
    expect((await controller.admin.epoch()).epoch_id).toBe(1);
  });

  it('count the requests of a node after authentication; a failing score always passes', async () => {
    const limits = { node_per_minute: 4, address_per_minute: 1000 };
    await using mesh = await runningMesh(['node-a', 'node-b'], { limits });
    const node = mesh.node('node-a');
    for (let sent = 0; sent < 4; sent++) await node.submit(0.9).catch(() => undefined);
    expect(await problemOf(node.submit(0.9))).toMatchObject({ code: 'rate_limited' });
    for (const ask of [node.client.epoch(), node.client.reportEndpoint(node.endpoint([]))])
      expect(await problemOf(ask)).toMatchObject({ code: 'rate_limited' });
    const size = mesh.controller.running.services.journal.head().size;
    const forged = { ...node.benchmark(0.9), notes: 'changed' };
    for (let sent = 0; sent < 3; sent++)
      expect(await problemOf(node.client.submitBenchmark(forged))).toMatchObject({ code: 'rate_limited' });
    expect(mesh.controller.running.services.journal.head().size).toBe(size);
    // Another node has its own allowance.
    expect((await mesh.node('node-b').submit(0.9)).membership).toBe('ALLOWED');
    const failing = node.benchmark(0.1);
    expect((await node.client.submitBenchmark(failing)).membership).toBe('DENIED');
    expect(await problemOf(node.client.submitBenchmark(failing))).toMatchObject({ code: 'rate_limited' });
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8::1', '20010db800000000'],
    ['2001:0db8:0:0:1:2:3:4', '20010db800000000'],
    ['fe80::1%eth0', 'fe80000000000000'],
    ['::1', '0000000000000000'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('return the seconds to wait', async () => {
    const limit = createAddressRateLimit(1);
    expect(await limit.waitSeconds('2001:db8::1')).toBe(0);
    expect(await limit.waitSeconds('2001:db8:0:0:ffff::1')).toBeGreaterThan(0);
    expect(await limit.waitSeconds('2001:db8:0:1::1')).toBe(0);
  });
});
