// An OpenID provider in this process, on a loopback port: oidc-provider, which is certified, so that both
// ends of a sign-in were not written by the same people. A test can make it lie.

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createTlsFetch } from '@mesh/host';
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import Provider from 'oidc-provider';
import { createAuthority } from '../../../../packages/host/test/support/certificates.ts';

export const CLIENT_ID = 'mesh-dashboard';
/** A client without a secret. */
export const PUBLIC_CLIENT_ID = 'mesh-dashboard-public';
export const CLIENT_SECRET = 'a-secret-of-the-client-that-is-nowhere-else';

/** Who can sign in: by name, with any password. */
const PEOPLE: Readonly<Record<string, object>> = {
  olga: { name: 'Olga Operator', groups: ['mesh-viewers', 'mesh-operators', 'staff'] },
  victor: { name: 'Victor Viewer', groups: ['mesh-viewers'] },
  nora: { name: 'Nora Nobody', groups: ['staff'] },
  pete: { name: 'Pete Proposer', groups: 'mesh-proposers' },
  uma: { name: 'Uma Ungrouped' },
};

export interface Lie {
  /** What the ID token says in place of what it should. */
  readonly claims?: (claims: JWTPayload) => JWTPayload;
  /** Who signs the ID token in place of the provider. */
  readonly signedBy?: 'stranger' | 'nobody';
  /** What the UserInfo says. */
  readonly userInfo?: object;
  /** What its configuration document says in place of what it should. */
  readonly configuration?: object;
  /** It answers everything with 503. */
  readonly isAway?: boolean;
  /** The token endpoint never answers. */
  readonly isSilent?: boolean;
  /** What the token endpoint answers in place of tokens. */
  readonly body?: string;
}

export interface TestOpenIdProvider extends AsyncDisposable {
  readonly issuer: string;
  /** PEM of the CA of its certificate. */
  readonly ca: string;
  /** Where browsers may be sent back to. Anything else is refused. */
  readonly redirectUris: Set<string>;
  lie: Lie;
  /** How often the token endpoint was asked. */
  tokenRequests: number;
  /** Signs in with the provider's page as a browser does. @returns where the browser is sent back to */
  signIn(url: string, person: string): Promise<URL>;
}

export async function startOpenIdProvider(): Promise<TestOpenIdProvider> {
  const authority = await createAuthority({ name: 'A private CA' });
  const { cert, key } = await authority.issue('localhost', { hosts: ['localhost'] });
  const [own, stranger] = [
    await generateKeyPair('ES256', { extractable: true }),
    await generateKeyPair('ES256'),
  ];
  let handle: ReturnType<Provider['callback']> | undefined;
  const server = createServer({ cert, key }, (request, response) => void handle?.(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // For a browser, another site than that of a controller at 127.0.0.1.
  const issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
  const jwk = { ...(await exportJWK(own.privateKey)), kid: 'own', alg: 'ES256', use: 'sig' };
  const provider = new Provider(issuer, settingsOf(jwk));
  const made: TestOpenIdProvider = {
    issuer,
    ca: authority.cert,
    redirectUris: new Set(),
    lie: {},
    tokenRequests: 0,
    signIn: (url, person) => signInAsBrowser(authority.cert, url, person),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const prototype = (provider.Client as unknown as { prototype: Record<string, unknown> }).prototype;
  prototype.redirectUriAllowed = (uri: string) => made.redirectUris.has(uri);
  prototype.postLogoutRedirectUriAllowed = (uri: string) => made.redirectUris.has(uri);
  const signToken = async (token: string): Promise<string> => {
    const claims = (made.lie.claims ?? ((same) => same))(decodeJwt(token));
    if (made.lie.signedBy === 'nobody') return new UnsecuredJWT(claims).encode();
    const { privateKey } = made.lie.signedBy === 'stranger' ? stranger : own;
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'own' }).sign(privateKey);
  };
  provider.use(async (context, next) => {
    if (made.lie.isAway === true) {
      context.status = 503;
      return;
    }
    if (context.path.startsWith('/interaction/')) return interact(provider, context);
    if (context.path === '/token') made.tokenRequests += 1;
    if (context.path === '/token' && made.lie.isSilent === true) {
      await once(context.req.socket, 'close');
      return;
    }
    await next();
    const body = context.body as { id_token?: string } | undefined;
    if (context.path === '/token' && body?.id_token !== undefined)
      context.body = made.lie.body ?? { ...body, id_token: await signToken(body.id_token) };
    if (context.path === '/.well-known/openid-configuration' && made.lie.configuration !== undefined)
      context.body = { ...(context.body as object), ...made.lie.configuration };
    if (context.path === '/me' && made.lie.userInfo !== undefined) context.body = made.lie.userInfo;
  });
  handle = provider.callback();
  return made;
}

const settingsOf = (jwk: object): ConstructorParameters<typeof Provider>[1] => ({
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      redirect_uris: ['https://unused.invalid/'],
      id_token_signed_response_alg: 'ES256',
    },
    {
      client_id: PUBLIC_CLIENT_ID,
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://unused.invalid/'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [jwk as never] },
  ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
  cookies: { keys: ['a key of a test'] },
  scopes: ['openid', 'profile', 'groups'],
  claims: { openid: ['sub'], profile: ['name'], groups: ['groups'] },
  pkce: { required: () => true },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) }),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, form) => {
        context.body = `<!doctype html><title>Sign out</title>${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`;
      },
    },
  },
  loadExistingGrant: async ({ oidc }) => {
    const grant = new oidc.provider.Grant({
      clientId: oidc.client?.clientId ?? '',
      accountId: oidc.session?.accountId ?? '',
    });
    grant.addOIDCScope('openid profile groups');
    await grant.save();
    return grant;
  },
});

type Context = Parameters<Parameters<Provider['use']>[0]>[0];

async function interact(provider: Provider, context: Context): Promise<void> {
  if (context.method === 'GET') {
    context.type = 'html';
    context.body =
      '<!doctype html><title>Sign in</title><form method="post"><label>Your name <input name="login"></label><button>Continue</button></form>';
    return;
  }
  const accountId = new URLSearchParams(await bodyOf(context.req)).get('login') ?? '';
  context.respond = false;
  await provider.interactionFinished(context.req, context.res, { login: { accountId } });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

async function signInAsBrowser(ca: string, address: string, person: string): Promise<URL> {
  const fetch = createTlsFetch({ ca });
  const cookies = new Map<string, string>();
  const { origin } = new URL(address);
  try {
    let [url, method] = [new URL(address), 'GET'];
    for (let hop = 0; hop < 10; hop += 1) {
      const answer = await fetch(url.href, {
        method,
        headers: {
          cookie: [...cookies].map((pair) => pair.join('=')).join('; '),
          ...(method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
        },
        ...(method === 'POST' ? { body: `login=${person}` } : {}),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      await answer.arrayBuffer();
      if (location === null) {
        if (method === 'POST' || answer.status !== 200) throw new Error(`the provider: ${answer.status}`);
        method = 'POST';
        continue;
      }
      [url, method] = [new URL(location, url), 'GET'];
      if (url.origin !== origin) return url;
    }
    throw new Error('the provider sends its visitor in circles');
  } finally {
    fetch.close();
  }
}
