// A key that ends takes everything with it: its kept connections, its requests under way, and the keys that
// were made with it. Each attack is made against the real door, and against one without the guard.

import { request } from 'node:http';
import { FakeClock } from '@mesh/host/test-kit';
import type { MeshView } from '@mesh/membership';
import { stream } from 'hono/streaming';
import { describe, expect, it } from 'vitest';
import type { AdminRoute } from '../../src/http/listeners/admin-routes.ts';
import { startTestController, type TestController, until } from '../support/index.ts';
import { bearer, networkAdmin, rawConnection, serveNetworkAdmin } from '../support/network-admin.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

const operatorKey = ({ admin }: TestController) => admin.createKey({ name: 'alice', role: 'operator' });

describe('a kept connection', () => {
  it('is worth nothing once its key has ended', async () => {
    await using controller = await startTestController();
    const { key, key_id: keyId } = await operatorKey(controller);
    const kept = await rawConnection(controller);
    const ask = `GET /v1/admin/nodes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n\r\n`;
    kept.socket.write(ask);
    await until('an answer', () => kept.statuses().length === 1);
    await controller.admin.expireKey(keyId);
    kept.socket.write(ask);
    await until('an answer', () => kept.statuses().length === 2);
    expect(kept.statuses()).toEqual([200, 401]);
  });

  it('would stay open to a door that remembered what the key was', async () => {
    await using controller = await startTestController();
    const { key, key_id: keyId } = await operatorKey(controller);
    const before = controller.running.services.view.adminKey(keyId);
    const view = { adminKey: () => before } as unknown as MeshView;
    const url = await serveNetworkAdmin(controller, { view: { ...view } as MeshView });
    await controller.admin.expireKey(keyId);
    const answer = await fetch(`${url}/v1/admin/log/entries`, { headers: bearer(key) });
    expect(answer.status).toBe(200);
  });
});

describe('a request whose body comes after its key has ended', () => {
  const attack = async (controller: TestController, key: string, keyId: string, url: string) => {
    const halves = ['{"reason":', '"too late"}'] as const;
    const outgoing = request(`${url}/v1/admin/nodes/node-a/quarantine`, {
      method: 'POST',
      headers: {
        ...bearer(key),
        'content-type': 'application/json',
        'content-length': halves.join('').length,
      },
    });
    const ended = new Promise<number | 'cut'>((resolve) => {
      outgoing.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      outgoing.on('error', () => resolve('cut'));
    });
    const uses = () => controller.running.services.view.adminKey(keyId)?.lastUsedOn;
    outgoing.write(halves[0]);
    await until('the head to arrive', () => uses() !== undefined);
    await controller.admin.expireKey(keyId);
    outgoing.end(halves[1]);
    return ended;
  };

  it('changes nothing, and its connection is cut', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { controller } = mesh;
    const { key, key_id: keyId } = await operatorKey(controller);
    expect(await attack(controller, key, keyId, await serveNetworkAdmin(controller))).toBe('cut');
    expect((await controller.admin.node('node-a')).status).toBe('active');
  });

  it('would be carried out at a door that does not hear of ended keys', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { controller } = mesh;
    const { key, key_id: keyId } = await operatorKey(controller);
    const { journal } = controller.running.services;
    const deaf = { run: journal.run.bind(journal), onCommit: () => undefined };
    const url = await serveNetworkAdmin(controller, { journal: deaf });
    expect(await attack(controller, key, keyId, url)).toBe(200);
    expect((await controller.admin.node('node-a')).status).toBe('quarantined');
  });
});

describe('an answer that goes on and on', () => {
  const endless: AdminRoute = {
    method: 'GET',
    path: '/v1/endless',
    least: 'viewer',
    handler: () => (context) =>
      stream(context, async (out) => {
        await out.write('begun');
        await new Promise<void>((resolve) => out.onAbort(resolve));
      }),
  };
  const begin = async (controller: TestController, key: string) => {
    const url = await serveNetworkAdmin(controller, {}, [endless]);
    const answer = await fetch(`${url}/v1/admin/endless`, { headers: bearer(key) });
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('begun');
    let isOver = false;
    void reader.read().then(
      () => (isOver = true),
      () => (isOver = true),
    );
    return () => isOver;
  };

  it('stops within a second when its key is ended', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    await using controller = await startTestController({ clock });
    const { key, key_id: keyId } = await operatorKey(controller);
    const isOver = await begin(controller, key);
    await clock.advance(60_000);
    expect(isOver()).toBe(false);
    await controller.admin.expireKey(keyId);
    await clock.advance(1_000);
    await until('the answer to stop', isOver);
  });

  it('stops when its key ends by itself', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    await using controller = await startTestController({ clock });
    const { key } = await controller.admin.createKey({ name: 'a', role: 'viewer', ttl_seconds: 60 });
    const isOver = await begin(controller, key);
    await clock.advance(59_000);
    expect(isOver()).toBe(false);
    await clock.advance(1_000);
    await until('the answer to stop', isOver);
  });
});

describe('a key that was made with another', () => {
  it('ends when that one does at the latest, and with it when it is ended', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    await using controller = await startTestController({ clock });
    const parent = await controller.admin.createKey({ name: 'p', role: 'operator', ttl_seconds: 600 });
    const child = await networkAdmin(controller, { key: parent.key }).createKey({
      name: 'c',
      role: 'operator',
    });
    expect(child.expires_at).toBe(parent.expires_at);
    const grandchild = await networkAdmin(controller, { key: child.key }).createKey({
      name: 'g',
      role: 'viewer',
    });
    const { keys } = await controller.admin.expireKey(parent.key_id);
    expect(keys.map(({ key_id: id }) => id)).toEqual([parent.key_id, child.key_id, grandchild.key_id]);
    for (const { key } of [parent, child, grandchild])
      expect(await problemOf(networkAdmin(controller, { key }).nodes())).toMatchObject({
        code: 'unauthenticated',
      });
    expect(await problemOf(controller.admin.expireKey(parent.key_id))).toMatchObject({
      code: 'state_conflict',
    });
    expect(await problemOf(controller.admin.expireKey('0'.repeat(16)))).toMatchObject({ code: 'not_found' });
  });

  it('can be ended by the key itself, which still gets its answer', async () => {
    await using controller = await startTestController();
    const { key, key_id: keyId } = await operatorKey(controller);
    const { keys } = await networkAdmin(controller, { key }).expireKey(keyId);
    expect(keys).toMatchObject([{ key_id: keyId, is_expired: true }]);
  });
});
