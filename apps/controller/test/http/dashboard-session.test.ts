// Signing in to the dashboard with an API key: what the session is good for, for whom, and how it ends.

import { FakeClock } from '@mesh/host/test-kit';
import { describe, expect, it } from 'vitest';
import { OWN_PAGE, openLive, signIn, smallDashboard, visitor } from '../support/dashboard.ts';
import { startTestController, type TestController, until } from '../support/index.ts';

const withDashboard = (config = {}) => startTestController({ dashboardFolder: smallDashboard(), config });

const keyOf = (controller: TestController, role: 'viewer' | 'operator' = 'viewer') =>
  controller.admin.createKey({ name: 'alice', role });

const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];

const isSignedIn = async (answer: Response): Promise<boolean> =>
  ((await answer.json()) as { session: unknown }).session !== null;

it('a key is exchanged for a cookie that no script and no other site can use, and the key appears nowhere', async () => {
  await using controller = await withDashboard();
  const { key, key_id } = await keyOf(controller);
  const answer = await visitor(controller)('/dashboard/session', {
    method: 'POST',
    headers: OWN_PAGE,
    body: { key },
  });
  expect(answer.headers.get('set-cookie')).toMatch(
    /^__Host-mesh-session=[0-9a-f]{64}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=4\d{4}$/,
  );
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const body = await answer.text();
  expect(JSON.parse(body)).toMatchObject({ key_id, role: 'viewer', name: 'alice', mesh_id: 'testmesh' });
  const token = /=([0-9a-f]{64})/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '';
  const secret = key.split('_')[3] ?? '';
  const logged = controller.logLines.join('');
  const said = controller.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said.filter(({ msg }) => msg === 'somebody signed in to the dashboard')).toMatchObject([
    { actor: 'key', actor_id: key_id, role: 'viewer', remote_address: '127.0.0.1' },
  ]);
  for (const text of [body, logged]) for (const hidden of [token, secret]) expect(text).not.toContain(hidden);
});

describe('the cookie', () => {
  it('counts only for requests of the own pages, which only they can make', async () => {
    await using controller = await withDashboard();
    const cookie = await signIn(controller, (await keyOf(controller)).key);
    const ask = visitor(controller);
    const status = async (headers: Record<string, string>) =>
      (await ask('/v1/admin/nodes', { headers: { cookie, ...headers } })).status;
    expect(await status(OWN_PAGE)).toBe(200);
    expect(await status({ 'mesh-dashboard': 'page' })).toBe(200);
    expect(await status({ 'mesh-dashboard': 'user', origin: controller.publicUrl })).toBe(200);
    expect(await status({})).toBe(401);
    expect(await status({ 'mesh-dashboard': 'anything' })).toBe(401);
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(await status({ 'mesh-dashboard': 'user', 'sec-fetch-site': site })).toBe(401);
    expect(await status({ 'mesh-dashboard': 'user', origin: 'https://evil.example' })).toBe(401);
  });
});

describe('a session', () => {
  it('has the role of its key, which the table of routes enforces, and acts in its name', async () => {
    await using controller = await withDashboard();
    const ask = visitor(controller);
    const viewer = await signIn(controller, (await keyOf(controller)).key);
    const { key, key_id } = await keyOf(controller, 'operator');
    const operator = await signIn(controller, key);
    const token = (cookie: string) =>
      ask('/v1/admin/tokens', { method: 'POST', headers: { cookie, ...OWN_PAGE }, body: {} });
    expect(await codeOf(await token(viewer))).toEqual([403, 'forbidden']);
    expect((await token(operator)).status).toBe(200);
    const { entries } = await controller.admin.log({ type: 'token_created' });
    expect(entries.at(-1)?.entry.data).toMatchObject({ actor: 'key', actor_id: key_id });
  });

  it('ends with its key: the stream that is open with it, and every later request', async () => {
    await using controller = await withDashboard();
    const { key, key_id } = await keyOf(controller);
    const cookie = await signIn(controller, key);
    const live = await openLive(controller, { cookie, ...OWN_PAGE });
    await until('an event', () => live.events().length > 0);
    await controller.admin.expireKey(key_id);
    await until('the stream to end', () => live.heard.isClosed);
    const ask = visitor(controller);
    const headers = { cookie, ...OWN_PAGE };
    expect((await ask('/v1/admin/nodes', { headers })).status).toBe(401);
    expect(await (await ask('/dashboard/session', { headers })).json()).toEqual({ session: null });
  });

  it('ends when its user signs out, with its stream; another one of the key goes on', async () => {
    await using controller = await withDashboard();
    const { key } = await keyOf(controller);
    const [one, other] = [await signIn(controller, key), await signIn(controller, key)];
    const live = await openLive(controller, { cookie: one, ...OWN_PAGE });
    await until('an event', () => live.events().length > 0);
    const ask = visitor(controller);
    const end = { method: 'POST', headers: { cookie: one, ...OWN_PAGE }, body: {} } as const;
    const answer = await ask('/dashboard/session/end', end);
    expect(answer.headers.get('set-cookie')).toMatch(/^__Host-mesh-session=; .*Max-Age=0$/);
    expect(controller.logLines.filter((line) => line.includes('signed out'))).toHaveLength(1);
    await until('the stream to end', () => live.heard.isClosed);
    const status = async (cookie: string) =>
      isSignedIn(await ask('/dashboard/session', { headers: { cookie, ...OWN_PAGE } }));
    expect([await status(one), await status(other)]).toEqual([false, true]);
  });

  it('ends when nobody uses it, whatever its page asks by itself, and at the latest after its length', async () => {
    const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
    await using controller = await startTestController({
      clock,
      dashboardFolder: smallDashboard(),
      config: { dashboard: { idle_minutes: 10, session_hours: 1 } },
    });
    const { key } = await keyOf(controller);
    const ask = visitor(controller);
    const status = async (cookie: string, use: 'user' | 'page') =>
      isSignedIn(
        await ask('/dashboard/session', { headers: { cookie, ...OWN_PAGE, 'mesh-dashboard': use } }),
      );
    const idle = await signIn(controller, key);
    const used = await signIn(controller, key);
    await clock.advance(9 * 60_000);
    expect([await status(idle, 'page'), await status(used, 'user')]).toEqual([true, true]);
    await clock.advance(9 * 60_000);
    expect([await status(idle, 'page'), await status(used, 'user')]).toEqual([false, true]);
    for (let minutes = 18; minutes < 54; minutes += 9) {
      await clock.advance(9 * 60_000);
      expect(await status(used, 'user')).toBe(true);
    }
    await clock.advance(6 * 60_000);
    expect(await status(used, 'user')).toBe(false);
  });

  it('pushes out the least recently used one of its key when there are too many', async () => {
    await using controller = await withDashboard();
    const { key } = await keyOf(controller);
    const first = await signIn(controller, key);
    const second = await signIn(controller, key);
    const ask = visitor(controller);
    const status = async (cookie: string) =>
      isSignedIn(await ask('/dashboard/session', { headers: { cookie, ...OWN_PAGE } }));
    expect(await status(first)).toBe(true);
    for (let count = 2; count < 33; count += 1) await signIn(controller, key);
    expect([await status(second), await status(first)]).toEqual([false, true]);
  });
});

describe('signing in', () => {
  it.each([
    ['no key', { key: 'x' }, 401, 'unauthenticated'],
    ['an unknown key', { key: `mesh_key_${'0'.repeat(88)}` }, 401, 'unauthenticated'],
    ['no body that is one', { secret: 'x' }, 400, 'invalid_message'],
    ['a key that is too long', { key: 'x'.repeat(300) }, 400, 'invalid_message'],
  ])('is refused for %s, without a cookie', async (_name, body, status, code) => {
    await using controller = await withDashboard();
    const answer = await visitor(controller)('/dashboard/session', {
      method: 'POST',
      headers: OWN_PAGE,
      body,
    });
    expect(answer.headers.get('set-cookie')).toBe(null);
    expect(await codeOf(answer)).toEqual([status, code]);
  });

  it('is refused to pages of other sites, and so is signing out', async () => {
    await using controller = await withDashboard();
    const { key } = await keyOf(controller);
    const ask = visitor(controller);
    for (const path of ['/dashboard/session', '/dashboard/session/end'])
      for (const headers of [{}, { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }])
        expect(await codeOf(await ask(path, { method: 'POST', headers, body: { key } }))).toEqual([
          403,
          'forbidden',
        ]);
  });

  it('counts by the address: after too many tries even the right key waits', async () => {
    await using controller = await withDashboard({ limits: { address_per_minute: 3 } });
    const { key } = await keyOf(controller);
    const ask = visitor(controller);
    const attempt = (text: string) =>
      ask('/dashboard/session', { method: 'POST', headers: OWN_PAGE, body: { key: text } });
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await attempt('wrong')).status);
    const last = await attempt(key);
    expect([...statuses, last.status]).toEqual([401, 401, 401, 429]);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is not there where the dashboard is turned off, or was not built', async () => {
    for (const options of [
      { dashboardFolder: smallDashboard(), config: { dashboard: { enabled: false } } },
      {},
    ]) {
      await using controller = await startTestController(options);
      const { key } = await keyOf(controller);
      const ask = visitor(controller);
      const asked = [
        await ask('/dashboard/'),
        await ask('/dashboard/session'),
        await ask('/dashboard/session', { method: 'POST', headers: OWN_PAGE, body: { key } }),
      ];
      for (const answer of asked) expect(await codeOf(answer)).toEqual([404, 'not_found']);
    }
  });
});
