// An OpenID provider whose configuration document has no authorization endpoint that a browser could be sent
// to.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { OpenIdProvider } from '../../src/http/gate/open-id/open-id-provider.ts';
import { openIdSetting } from '../../src/settings/open-id-setting.ts';
import { CLIENT_ID, startOpenIdProvider, type TestOpenIdProvider } from '../support/open-id-provider.ts';

let provider: TestOpenIdProvider;
beforeAll(async () => {
  provider = await startOpenIdProvider();
});
afterAll(() => provider[Symbol.asyncDispose]());

it.each([
  ['is missing', undefined],
  ['is not https', 'http://localhost/auth'],
])('whose authorization endpoint %s is unavailable, in our own words', async (_what, endpoint) => {
  provider.lie = { configuration: { authorization_endpoint: endpoint } };
  const { issuer, ca } = provider;
  const setting = openIdSetting.parse({ issuer, client_id: CLIENT_ID, roles: { 'mesh-viewers': 'viewer' } });
  const options = { setting, clientSecret: undefined, ca, timeoutSeconds: 10, monotonicMs: () => 0 };
  const secrets = { state: 'state', nonce: 'nonce', verifier: 'v'.repeat(43) };
  const url = new OpenIdProvider(options).authorizationUrl('https://127.0.0.1/dashboard/', secrets);
  await expect(url).rejects.toMatchObject({
    name: 'SignInError',
    fault: 'unavailable',
    message: expect.stringContaining('check issuer and client_id'),
  });
});
