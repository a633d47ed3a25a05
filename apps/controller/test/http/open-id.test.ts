// Signing in to the dashboard by OpenID Connect, at a provider that does what it should and at one that lies.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '@mesh/host/test-kit';
import type { CurrentSession, OpenIdSignIn, SessionEnd, SessionView } from '@mesh/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OpenIdProvider } from '../../src/http/gate/open-id/open-id-provider.ts';
import { openIdSetting } from '../../src/settings/open-id-setting.ts';
import { makeSmallDashboard, OWN_PAGE, openLive, visitor } from '../support/dashboard.ts';
import { startTestController, type TestController, until } from '../support/index.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  startOpenIdProvider,
  type TestOpenIdProvider,
} from '../support/open-id-provider.ts';

let provider: TestOpenIdProvider;
let folder: string;
let controller: TestController;

const settingOf = (more: object = {}) => ({
  issuer: provider.issuer,
  client_id: CLIENT_ID,
  client_secret_file: join(folder, 'client.secret'),
  ca_file: join(folder, 'provider-ca.pem'),
  scopes: ['profile', 'groups'],
  roles: { 'mesh-viewers': 'viewer', 'mesh-operators': 'operator', 'mesh-proposers': 'officer-proposer' },
  ...more,
});

async function withOpenId(more: object = {}, options: object = {}, dashboard: object = {}) {
  const started = await startTestController({
    dashboardFolder: folder,
    config: { dashboard: { ...dashboard, oidc: settingOf(more) as never } },
    ...options,
  });
  provider.redirectUris.add(`${started.publicUrl}/dashboard/`);
  return started;
}

beforeAll(async () => {
  provider = await startOpenIdProvider();
  folder = makeSmallDashboard();
  writeFileSync(join(folder, 'client.secret'), `${CLIENT_SECRET}\n`, { mode: 0o600 });
  writeFileSync(join(folder, 'provider-ca.pem'), provider.ca);
  controller = await withOpenId();
});
afterAll(async () => {
  await controller.close();
  await provider[Symbol.asyncDispose]();
});
beforeEach(() => {
  provider.lie = {};
});

interface Begun {
  readonly url: string;
  /** The ticket, as the browser sends it. */
  readonly cookie: string;
}

async function begin(at = controller): Promise<Begun> {
  const answer = await visitor(at)('/dashboard/openid', { method: 'POST', headers: OWN_PAGE, body: {} });
  const { url } = (await answer.json()) as OpenIdSignIn;
  return { url, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

const finish = (answer: string, cookie: string, at = controller) =>
  visitor(at)('/dashboard/openid/finish', {
    method: 'POST',
    headers: { ...OWN_PAGE, cookie },
    body: { answer },
  });

async function signInAs(person: string, at = controller) {
  const { url, cookie } = await begin(at);
  const back = await provider.signIn(url, person);
  return finish(back.search.slice(1), cookie, at);
}

const sessionCookieOf = (answer: Response): string => {
  const line = answer.headers.getSetCookie().find((each) => each.startsWith('__Host-mesh-session='));
  return line?.split(';')[0] ?? '';
};

/** Status, code and words of a refusal, which brings no session. */
async function refusalOf(answer: Response) {
  expect(answer.headers.getSetCookie()).toEqual([]);
  const { code, detail } = (await answer.json()) as { code: string; detail: string };
  return { status: answer.status, code, detail };
}

describe('a person', () => {
  it('is signed in with the strongest role of the groups, and acts under a name of the provider', async () => {
    const { url, cookie } = await begin();
    const asked = new URL(url).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: CLIENT_ID,
      response_type: 'code',
      redirect_uri: `${controller.publicUrl}/dashboard/`,
      code_challenge_method: 'S256',
      scope: 'openid profile groups',
    });
    const back = await provider.signIn(url, 'olga');
    const answer = await finish(back.search.slice(1), cookie);
    const person = `${new URL(provider.issuer).host}/olga`;
    const view = (await answer.json()) as SessionView;
    expect(view).toMatchObject({ person, name: 'Olga Operator', role: 'operator', mesh_id: 'testmesh' });
    expect(view).not.toHaveProperty('key_id');
    const headers = { ...OWN_PAGE, cookie: sessionCookieOf(answer) };
    const token = await visitor(controller)('/v1/admin/tokens', { method: 'POST', headers, body: {} });
    expect(token.status).toBe(200);
    const { entries } = await controller.admin.log({ type: 'token_created' });
    expect(entries.at(-1)?.entry.data).toMatchObject({ actor: 'oidc', actor_id: person });
    const said = controller.logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(said.filter(({ msg }) => msg === 'somebody signed in to the dashboard')).toContainEqual(
      expect.objectContaining({ actor: 'oidc', actor_id: person, role: 'operator' }),
    );
    // Neither in the log of the mesh nor in that of the program is what signs somebody in, or a name.
    const logged = controller.logLines.join('') + JSON.stringify(entries);
    for (const hidden of [
      back.searchParams.get('code'),
      asked.get('state'),
      asked.get('nonce'),
      CLIENT_SECRET,
    ])
      expect(logged).not.toContain(hidden);
    expect(JSON.stringify(entries)).not.toContain('Olga');
  });

  it('has the role of the group and no more', async () => {
    for (const [person, role] of [
      ['victor', 'viewer'],
      ['pete', 'officer-proposer'],
    ] as const) {
      const answer = await signInAs(person);
      expect(((await answer.json()) as SessionView).role).toBe(role);
      const headers = { ...OWN_PAGE, cookie: sessionCookieOf(answer) };
      const token = await visitor(controller)('/v1/admin/tokens', { method: 'POST', headers, body: {} });
      expect(token.status).toBe(403);
    }
  });

  it('is refused without a group that has a role, and told which to ask for', async () => {
    expect(await refusalOf(await signInAs('nora'))).toEqual({
      status: 403,
      code: 'sign_in_refused',
      detail: expect.stringContaining('ask for one of mesh-operators, mesh-proposers, mesh-viewers'),
    });
    expect((await refusalOf(await signInAs('uma'))).detail).toContain('says nothing of your groups');
    // A name that every object has is no group.
    provider.lie = { claims: (claims) => ({ ...claims, groups: ['constructor', '__proto__', 7] }) };
    expect((await refusalOf(await signInAs('nora'))).code).toBe('sign_in_refused');
  });

  it('has what the ID token says of the groups before what the UserInfo says', async () => {
    provider.lie = { claims: (claims) => ({ ...claims, groups: ['mesh-viewers'] }) };
    expect(((await (await signInAs('olga')).json()) as SessionView).role).toBe('viewer');
  });

  it('signs out here, with the stream, and is sent to sign out at the provider', async () => {
    const headers = { ...OWN_PAGE, cookie: sessionCookieOf(await signInAs('victor')) };
    const live = await openLive(controller, headers);
    await until('an event', () => live.events().length > 0);
    const end = { method: 'POST', headers, body: {} } as const;
    const { provider_url: url } = (await (
      await visitor(controller)('/dashboard/session/end', end)
    ).json()) as SessionEnd;
    await until('the stream to end', () => live.heard.isClosed);
    expect(url).toMatch(new RegExp(`^${provider.issuer}/session/end\\?`));
    expect(Object.fromEntries(new URL(url ?? '').searchParams)).toEqual({
      client_id: CLIENT_ID,
      post_logout_redirect_uri: `${controller.publicUrl}/dashboard/`,
    });
    const again = await visitor(controller)('/dashboard/session', { headers });
    expect(await again.json()).toEqual({ session: null, open_id: { name: new URL(provider.issuer).host } });
  });
});

it('a session ends when the settings say, and so does a key that was made with it', async () => {
  const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
  await using at = await withOpenId({}, { clock }, { idle_minutes: 30, session_hours: 0.5 });
  const headers = { ...OWN_PAGE, cookie: sessionCookieOf(await signInAs('olga', at)) };
  const made = await visitor(at)('/v1/admin/keys', {
    method: 'POST',
    headers,
    body: { name: 'k', role: 'operator' },
  });
  const { expires_at: expiresAt } = (await made.json()) as { expires_at: string };
  expect(Date.parse(expiresAt)).toBeLessThanOrEqual(clock.nowMs() + 30 * 60_000);
  const isThere = async () => {
    const answer = await visitor(at)('/dashboard/session', { headers });
    return ((await answer.json()) as CurrentSession).session !== null;
  };
  await clock.advance(20 * 60_000);
  expect(await isThere()).toBe(true);
  await clock.advance(10 * 60_000);
  expect(await isThere()).toBe(false);
});

describe('an answer of the provider', () => {
  it('is good once', async () => {
    const { url, cookie } = await begin();
    const { search } = await provider.signIn(url, 'victor');
    expect((await finish(search.slice(1), cookie)).status).toBe(200);
    const asked = provider.tokenRequests;
    expect((await refusalOf(await finish(search.slice(1), cookie))).detail).toContain('used before');
    expect(provider.tokenRequests).toBe(asked);
  });

  it('is worth nothing in another browser, and without one', async () => {
    const [mine, other] = [await begin(), await begin()];
    const { search } = await provider.signIn(mine.url, 'olga');
    const asked = provider.tokenRequests;
    expect((await refusalOf(await finish(search.slice(1), other.cookie))).detail).toContain(
      'this browser began',
    );
    expect((await refusalOf(await finish(search.slice(1), ''))).detail).toContain('has begun no sign-in');
    const forged = mine.cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expect((await refusalOf(await finish(search.slice(1), forged))).detail).toContain('has begun no sign-in');
    expect(provider.tokenRequests).toBe(asked);
    // The ticket of the right one was not used up by that.
    expect((await finish(search.slice(1), mine.cookie)).status).toBe(200);
  });

  it('with the code of another sign-in is refused by the provider, because the verifier is another', async () => {
    const [mine, other] = [await begin(), await begin()];
    const stolen = (await provider.signIn(other.url, 'olga')).searchParams;
    const own = (await provider.signIn(mine.url, 'victor')).searchParams;
    own.set('code', stolen.get('code') ?? '');
    expect(await refusalOf(await finish(own.toString(), mine.cookie))).toMatchObject({
      code: 'sign_in_refused',
    });
  });

  it('that came from another provider is refused before its code goes anywhere', async () => {
    for (const change of [
      (answer: URLSearchParams) => answer.set('iss', 'https://another.example'),
      (answer: URLSearchParams) => answer.delete('iss'),
    ]) {
      const { url, cookie } = await begin();
      const { searchParams } = await provider.signIn(url, 'olga');
      change(searchParams);
      const asked = provider.tokenRequests;
      expect(await refusalOf(await finish(searchParams.toString(), cookie))).toMatchObject({ status: 502 });
      expect(provider.tokenRequests).toBe(asked);
    }
  });

  it('that says no is told in the words of OAuth and in no others', async () => {
    for (const [said, told] of [
      ['access_denied', 'access_denied'],
      ['<b>call 555</b>', 'unknown'],
    ] as const) {
      const { url, cookie } = await begin();
      const state = new URL(url).searchParams.get('state') ?? '';
      const answer = new URLSearchParams({
        error: said,
        error_description: 'call 555',
        state,
        iss: provider.issuer,
      });
      const { detail } = await refusalOf(await finish(answer.toString(), cookie));
      expect(detail).toContain(`(${told})`);
      expect(detail).not.toContain('555');
    }
  });

  it('after ten minutes comes too late', async () => {
    const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
    await using at = await withOpenId({}, { clock });
    const { url, cookie } = await begin(at);
    const { search } = await provider.signIn(url, 'victor');
    await clock.advance(10 * 60_000);
    expect((await refusalOf(await finish(search.slice(1), cookie, at))).detail).toContain('too long');
  });
});

describe('an ID token', () => {
  const seconds = () => Math.floor(Date.now() / 1_000);
  it.each([
    ['of another nonce', { claims: (claims: object) => ({ ...claims, nonce: 'x' }) }],
    ['without a nonce', { claims: (claims: object) => ({ ...claims, nonce: undefined }) }],
    ['for somebody else', { claims: (claims: object) => ({ ...claims, aud: 'another-client' }) }],
    ['of another issuer', { claims: (claims: object) => ({ ...claims, iss: 'https://another.example' }) }],
    ['that has expired', { claims: (claims: object) => ({ ...claims, exp: seconds() - 3_600 }) }],
    ['without a subject', { claims: (claims: object) => ({ ...claims, sub: undefined }) }],
    ['with a subject that is none', { claims: (claims: object) => ({ ...claims, sub: 'a\nb' }) }],
    [
      'of which the UserInfo has another subject',
      { userInfo: { sub: 'victor', groups: ['mesh-operators'] } },
    ],
    ['that nobody has signed', { signedBy: 'nobody' }],
    ['that a stranger has signed', { signedBy: 'stranger' }],
    ['that is none', { body: '{"access_token":"x","token_type":"bearer","id_token":"x.y.z"}' }],
  ] as const)('%s signs nobody in', async (_what, lie) => {
    provider.lie = lie as never;
    const { status, code, detail } = await refusalOf(await signInAs('olga'));
    expect([status, code]).toEqual([502, 'provider_unavailable']);
    expect(detail).toMatch(/nobody was signed in|no subject/);
  });

  it('has to say how the person was checked, and when, where that is asked for', async () => {
    await using at = await withOpenId({ acr_values: ['mfa'], max_age_seconds: 300 });
    const { url } = await begin(at);
    expect(new URL(url).searchParams.get('acr_values')).toBe('mfa');
    expect(new URL(url).searchParams.get('max_age')).toBe('300');
    expect((await refusalOf(await signInAs('olga', at))).detail).toContain('acr_values');
    provider.lie = { claims: (claims) => ({ ...claims, acr: 'mfa' }) };
    expect((await signInAs('olga', at)).status).toBe(200);
    provider.lie = { claims: (claims) => ({ ...claims, acr: 'mfa', auth_time: seconds() - 3_600 }) };
    expect((await refusalOf(await signInAs('olga', at))).status).toBe(502);
  });
});

describe('a provider', () => {
  const post = { method: 'POST', headers: OWN_PAGE, body: {} } as const;

  it('that is away is said to be so, and asked again at the next sign-in', async () => {
    await using at = await withOpenId();
    provider.lie = { isAway: true };
    const refused = await refusalOf(await visitor(at)('/dashboard/openid', post));
    expect(refused).toMatchObject({ status: 502, code: 'provider_unavailable' });
    expect(at.logLines.join('')).toContain('could not sign in to the dashboard by OpenID Connect');
    provider.lie = {};
    expect((await signInAs('victor', at)).status).toBe(200);
  });

  it('whose certificate is of another CA is not believed, and one that is nowhere is not reached', async () => {
    await using at = await withOpenId({ ca_file: undefined });
    const refused = await refusalOf(await visitor(at)('/dashboard/openid', post));
    expect(refused.detail).toMatch(/certificate of .* is not trusted .*ca_file/);
    await using other = await withOpenId({ issuer: 'https://127.0.0.1:1' });
    const away = await refusalOf(await visitor(other)('/dashboard/openid', post));
    expect(away.detail).toContain('127.0.0.1:1 cannot be reached (ECONNREFUSED)');
  });

  it('that does not know this controller is told of as such', async () => {
    writeFileSync(join(folder, 'wrong.secret'), 'wrong', { mode: 0o600 });
    await using at = await withOpenId({ client_secret_file: join(folder, 'wrong.secret') });
    const refused = await refusalOf(await signInAs('olga', at));
    expect(refused).toMatchObject({ status: 502, detail: expect.stringContaining('client_secret_file') });
  });

  it('that keeps silent is given up', async () => {
    const setting = openIdSetting.parse(settingOf());
    const options = { setting, clientSecret: CLIENT_SECRET, ca: provider.ca, monotonicMs: () => 0 };
    const impatient = new OpenIdProvider({ ...options, timeoutSeconds: 1 });
    const secrets = { state: 'state', nonce: 'nonce', verifier: 'v'.repeat(43) };
    const back = `${controller.publicUrl}/dashboard/`;
    const url = await impatient.authorizationUrl(back, secrets);
    const { searchParams } = await provider.signIn(url, 'victor');
    provider.lie = { isSilent: true };
    await expect(impatient.identify(back, searchParams, secrets)).rejects.toThrow('takes too long');
  });
});

describe('the door', () => {
  it('is shut to pages of other sites', async () => {
    for (const path of ['/dashboard/openid', '/dashboard/openid/finish'])
      for (const headers of [{}, { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' }]) {
        const body = path.endsWith('finish') ? { answer: 'x' } : {};
        const answer = await visitor(controller)(path, { method: 'POST', headers, body });
        expect(await refusalOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
      }
  });

  it('counts by the address: after too many tries even a good answer waits', async () => {
    await using at = await withOpenId(
      {},
      {
        config: { dashboard: { oidc: settingOf() as never }, limits: { address_per_minute: 3 } },
      },
    );
    const { url, cookie } = await begin(at);
    const { search } = await provider.signIn(url, 'victor');
    const statuses = [];
    for (const answer of ['code=x', 'code=x&state=y', search.slice(1)])
      statuses.push((await finish(answer, cookie, at)).status);
    expect(statuses).toEqual([403, 403, 429]);
  });

  it('is not there without the setting, and the page is not told of one', async () => {
    await using at = await startTestController({ dashboardFolder: folder });
    const answer = await visitor(at)('/dashboard/openid', { method: 'POST', headers: OWN_PAGE, body: {} });
    expect(await refusalOf(answer)).toMatchObject({ status: 404 });
    expect(await (await visitor(at)('/dashboard/session')).json()).toEqual({ session: null });
  });
});

it('a controller whose secret others may read does not start, and says what to do', async () => {
  writeFileSync(join(folder, 'open.secret'), 'x', { mode: 0o644 });
  await expect(withOpenId({ client_secret_file: join(folder, 'open.secret') })).rejects.toThrow(
    /dashboard\.oidc: client_secret_file .*others may open .*chmod 600/,
  );
});
