// Administration over the network with API keys: what it serves, and what strangers get.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '@mesh/host/test-kit';
import { formatAdminKey, parseAdminKey } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { startTestController, type TestController, until } from '../support/index.ts';
import { bearer, networkAdmin, publicFetch } from '../support/network-admin.ts';
import { stateOf } from '../support/requests.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

const DAY_MS = 86_400_000;
const keyFor = async (controller: TestController, role: 'viewer' | 'officer-proposer' | 'operator') =>
  (await controller.admin.createKey({ name: `the ${role}`, role })).key;
const HOUR_MS = 3_600_000;
/** An hour into a day, and never ahead of this machine's clock, by which TLS judges the certificates. */
const fakeClock = () =>
  new FakeClock({ nowMs: Math.floor((Date.now() - HOUR_MS) / DAY_MS) * DAY_MS + HOUR_MS });

describe('an operator with a key', () => {
  it('does over the network what it does over the socket, and the log names the key', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller } = mesh;
    const { key, key_id: keyId } = await controller.admin.createKey({ name: 'alice', role: 'operator' });
    const admin = networkAdmin(controller, { key });
    const { size } = await admin.log({ limit: 1 });
    expect((await admin.createToken({})).token).toMatch(/^meshjoin1\./);
    expect(await admin.nodes()).toEqual(await controller.admin.nodes());
    expect(await admin.node('node-a')).toEqual(await controller.admin.node('node-a'));
    expect((await admin.quarantine('node-a', 'a test')).status).toBe('quarantined');
    expect((await admin.release('node-a', 'a test')).status).toBe('active');
    expect((await admin.revoke('node-b', 'a test')).status).toBe('revoked');
    expect((await admin.resetSequence('node-a', 'a test')).lowered).toEqual([]);
    expect((await admin.epoch()).nodes).toEqual((await controller.admin.epoch()).nodes);
    expect((await admin.rotate()).status).toBe('rotate triggered');
    expect((await admin.maintenance()).window).toBeNull();
    expect(await problemOf(admin.endMaintenance())).toMatchObject({ code: 'state_conflict' });
    const made = await admin.createKey({ name: 'bob', role: 'viewer' });
    expect((await admin.expireKey(made.key_id)).keys).toMatchObject([{ key_id: made.key_id }]);
    expect(await admin.keys()).toEqual(await controller.admin.keys());
    const entries = (await admin.log({ from: size })).entries.map(({ entry }) => entry);
    const byWhom = ({ data }: (typeof entries)[number]) => (data as { actor?: string }).actor;
    const actions = entries.filter((entry) => ![undefined, 'system'].includes(byWhom(entry)));
    expect(actions.map(({ type }) => type)).toEqual([
      'token_created',
      'node_quarantined',
      'node_released',
      'node_revoked',
      'epoch_opened',
      'admin_key_created',
      'admin_key_expired',
    ]);
    for (const { data } of actions) expect(data).toMatchObject({ actor: 'key', actor_id: keyId });
  });
});

describe('a role', () => {
  it('is the one of the key: a viewer reads and cuts nobody', async () => {
    await using mesh = await runningMesh(['node-a']);
    const admin = networkAdmin(mesh.controller, { key: await keyFor(mesh.controller, 'viewer') });
    expect((await admin.nodes()).nodes).toHaveLength(1);
    const before = stateOf(mesh.controller).nodes;
    expect(await problemOf(admin.quarantine('node-a', 'x'))).toMatchObject({ code: 'forbidden' });
    expect(await problemOf(admin.createKey({ name: 'x', role: 'operator' }))).toMatchObject({
      code: 'forbidden',
    });
    expect(stateOf(mesh.controller).nodes).toEqual(before);
  });

  it('of a proposer brings what officers sign, and does nothing else', async () => {
    await using controller = await startTestController();
    const admin = networkAdmin(controller, { key: await keyFor(controller, 'officer-proposer') });
    const unsigned = await problemOf(admin.startMaintenance({} as never));
    expect(unsigned).toMatchObject({ code: 'invalid_message' });
    expect(await problemOf(admin.rotate())).toMatchObject({ code: 'forbidden' });
  });
});

describe('a caller who is not known', () => {
  it('gets the same answer whatever is wrong, and the log says what it is', async () => {
    const clock = fakeClock();
    // One boundary a day, so that only what strangers do could change the state.
    await using controller = await startTestController({ clock, config: { epoch_seconds: 86_400 } });
    await using other = await startTestController();
    const short = await controller.admin.createKey({ name: 'short', role: 'operator', ttl_seconds: 60 });
    const good = await keyFor(controller, 'operator');
    const wrong = await keyFor(other, 'operator');
    const { keyId, secret } = parseAdminKey(good);
    const forged = formatAdminKey({ keyId, secret: secret.map((byte) => byte ^ 1) });
    await clock.advance(60_000);
    const fetch = publicFetch(controller);
    const cases: [string, string, Record<string, string>][] = [
      ['none', '/v1/admin/nodes', {}],
      ['malformed', '/v1/admin/nodes', { authorization: 'Basic b3BlcmF0b3I6eA==' }],
      ['malformed', '/v1/admin/nodes', bearer(good.slice(0, -1) + (good.endsWith('0') ? '1' : '0'))],
      ['unknown', '/v1/admin/nodes', bearer(wrong)],
      ['wrong', '/v1/admin/nodes', bearer(forged)],
      ['expired', '/v1/admin/nodes', bearer(short.key)],
      ['none', '/v1/admin/no-such-path', {}],
      ['unknown', '/v1/admin/keys', bearer(wrong)],
    ];
    const before = stateOf(controller);
    const answers = [];
    for (const [, path, headers] of cases) {
      const answer = await fetch(`${controller.publicUrl}${path}`, { headers });
      answers.push([answer.status, answer.headers.get('www-authenticate'), await answer.text()]);
    }
    expect(answers[0]?.slice(0, 2)).toEqual([401, 'Bearer realm="aligned-mesh"']);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const noted = controller.logLines
      .map((line) => JSON.parse(line) as { code?: string; msg: string; key_id?: string })
      .filter(({ msg }) => msg.includes('its caller is not known'));
    expect(noted.map(({ code }) => code)).toEqual(cases.map(([fault]) => fault));
    expect(noted[4]?.key_id).toBe(keyId);
    expect(stateOf(controller)).toEqual(before);
  });

  it('is limited by its address, while a good key from there goes on', async () => {
    const limits = { node_per_minute: 1_000, address_per_minute: 3 };
    await using controller = await startTestController({ config: { limits } });
    const stranger = networkAdmin(controller, {});
    const admin = networkAdmin(controller, { key: await keyFor(controller, 'viewer') });
    for (let sent = 0; sent < 3; sent++)
      expect(await problemOf(stranger.nodes())).toMatchObject({ code: 'unauthenticated' });
    const refused = await problemOf(stranger.nodes());
    expect([refused.code, refused.retryAfter]).toEqual(['rate_limited', expect.any(Number)]);
    expect(await problemOf(controller.public.health())).toMatchObject({ code: 'rate_limited' });
    for (let sent = 0; sent < 5; sent++) expect(await admin.nodes()).toEqual({ nodes: [] });
  });
});

describe('a caller behind a trusted proxy', () => {
  it('is counted and logged by the address that the proxy names', async () => {
    await using controller = await startTestController({
      config: {
        limits: { address_per_minute: 2 },
        trusted_proxies: [{ address: '127.0.0.1', tells: 'x_forwarded_for' }],
      },
    });
    const fetch = publicFetch(controller);
    const askFrom = async (source: string) => {
      const headers = { 'x-forwarded-for': source };
      return (await fetch(`${controller.publicUrl}/v1/admin/nodes`, { headers })).status;
    };
    for (const status of [401, 401, 429]) expect(await askFrom('192.0.2.1')).toBe(status);
    expect(await askFrom('192.0.2.2')).toBe(401);
    expect(controller.running.services.flood.totals.address_rate).toBe(1);
    const sources = controller.logLines
      .map((line) => JSON.parse(line) as { msg: string; remote_address?: string })
      .filter(({ msg }) => msg.includes('its caller is not known'))
      .map(({ remote_address: source }) => source);
    expect(sources).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.2']);
  });
});

describe('a known caller', () => {
  it('may ask so often a minute', async () => {
    const limits = { admin_per_minute: 3 };
    await using controller = await startTestController({ config: { limits } });
    const admin = networkAdmin(controller, { key: await keyFor(controller, 'viewer') });
    for (let sent = 0; sent < 3; sent++) await admin.nodes();
    expect(await problemOf(admin.nodes())).toMatchObject({ code: 'rate_limited' });
    const another = networkAdmin(controller, { key: await keyFor(controller, 'viewer') });
    expect(await another.nodes()).toEqual({ nodes: [] });
  });

  it.each([
    ['GET', '/v1/admin/nothing', {}, 404, 'not_found'],
    ['GET', '/v1/admin/rotate', {}, 405, 'method_not_allowed'],
    // What a page in a browser could send for somebody.
    ['POST', '/v1/admin/rotate', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['POST', '/v1/admin/rotate', {}, 415, 'unsupported_media_type'],
  ])('gets a problem for %s %s with %o', async (method, path, headers, status, code) => {
    await using controller = await startTestController();
    const fetch = publicFetch(controller);
    const key = await keyFor(controller, 'operator');
    const { epoch } = stateOf(controller);
    const answer = await fetch(`${controller.publicUrl}${path}`, {
      method,
      headers: { ...bearer(key), ...headers },
    });
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
    expect(stateOf(controller).epoch).toBe(epoch);
  });
});

describe('a key', () => {
  it('survives a restart, and its use is noted once a day', async () => {
    const clock = fakeClock();
    await using controller = await startTestController({ clock });
    const { key, key_id: keyId } = await controller.admin.createKey({ name: 'alice', role: 'viewer' });
    const uses = () => stateOf(controller).log.filter((type) => type === 'admin_key_used').length;
    const used = async () => (await controller.admin.keys()).keys[0]?.last_used_on;
    expect(await used()).toBeNull();
    await networkAdmin(controller, { key }).nodes();
    await until('the use to be noted', () => uses() === 1);
    const today = new Date(clock.nowMs()).toISOString().slice(0, 10);
    expect(await used()).toBe(today);
    await controller.restart();
    const admin = networkAdmin(controller, { key });
    for (let asked = 0; asked < 3; asked++) await admin.nodes();
    expect((await controller.admin.keys()).keys).toMatchObject([
      { key_id: keyId, name: 'alice', role: 'viewer', made_by: 'socket', last_used_on: today },
    ]);
    expect(uses()).toBe(1);
    await clock.advance(DAY_MS);
    await networkAdmin(controller, { key }).nodes();
    await until('the use to be noted', () => uses() === 2);
  });

  it('is in no file, log line, entry or answer: its hash is in the database', async () => {
    await using controller = await startTestController();
    const { key } = await controller.admin.createKey({ name: 'alice', role: 'operator' });
    await networkAdmin(controller, { key }).nodes();
    await networkAdmin(controller, { key: key.replace(/.$/, '!') })
      .nodes()
      .catch(() => undefined);
    const { secret } = parseAdminKey(key);
    const hex = Buffer.from(secret).toString('hex');
    const files = readdirSync(controller.config.data_dir)
      .filter((name) => !name.endsWith('.sock'))
      .map((name) => readFileSync(join(controller.config.data_dir, name)));
    const answers = JSON.stringify([await controller.admin.keys(), await controller.admin.log()]);
    const places = [...files, Buffer.from(answers), Buffer.from(controller.logLines.join('\n'))];
    const found = (what: string | Buffer) => places.filter((place) => place.includes(what)).length;
    expect([found(hex), found(Buffer.from(secret)), found(key.slice(-20))]).toEqual([0, 0, 0]);
    expect(found(createHash('sha256').update(secret).digest('hex'))).toBeGreaterThan(0);
  });
});
