// Signing people in by an OpenID provider (OpenID Connect Core 1.0, code flow, with PKCE of RFC 7636).
// openid-client speaks the protocol and verifies what comes; it is loaded with the first sign-in.

import { defined } from '@mesh/primitives';
import type { AdminRole } from '@mesh/protocol';
import type { Configuration, IDToken } from 'openid-client';
import type { OpenIdSetting } from '../../../settings/open-id-setting.ts';
import { explainProviderError, SignInError } from './explain-provider-error.ts';
import { type Claims, groupsOf, isSubject, nameOf, roleOf } from './person-of-claims.ts';
import { providerFetch } from './provider-fetch.ts';
import type { SignInSecrets } from './sign-in-tickets.ts';

/** Tolerated clock difference. */
const TOLERANCE_SECONDS = 30;
/** A provider that moves an endpoint is noticed within this time. */
const READ_AGAIN_AFTER_MS = 3_600_000;
/** How many answers are exchanged at once, so that a slow provider cannot use up the listener. */
const MOST_AT_ONCE = 16;

export interface Person {
  /** `<issuer's host>/<sub>`. */
  readonly id: string;
  readonly name: string;
  readonly role: AdminRole;
}

export interface OpenIdProviderOptions {
  readonly setting: OpenIdSetting;
  readonly clientSecret: string | undefined;
  /** PEM. */
  readonly ca: string | undefined;
  /** For each request to the provider. */
  readonly timeoutSeconds: number;
  readonly monotonicMs: () => number;
}

export class OpenIdProvider {
  readonly #options: OpenIdProviderOptions;
  #known: { readonly config: Promise<Configuration>; readonly readAtMs: number } | undefined;
  #underWay = 0;

  constructor(options: OpenIdProviderOptions) {
    this.#options = options;
  }

  /** What the page calls it. */
  get name(): string {
    const { name, issuer } = this.#options.setting;
    return name ?? new URL(issuer).host;
  }

  /**
   * @param redirectUri where the provider sends the browser back to
   * @returns where the browser goes
   * @throws SignInError `unavailable`
   */
  async authorizationUrl(redirectUri: string, secrets: SignInSecrets): Promise<string> {
    try {
      return await this.#buildAuthorizationUrl(redirectUri, secrets);
    } catch (error) {
      throw explainProviderError(error);
    }
  }

  /**
   * Exchanges the provider's answer for who the person is.
   *
   * @param answer the query with which the browser came back
   * @throws SignInError
   */
  async identify(redirectUri: string, answer: URLSearchParams, secrets: SignInSecrets): Promise<Person> {
    if (this.#underWay >= MOST_AT_ONCE)
      throw new SignInError('unavailable', 'busy', 'too many sign in at this moment: try again');
    this.#underWay += 1;
    try {
      return await this.#exchange(redirectUri, answer, secrets);
    } catch (error) {
      throw explainProviderError(error);
    } finally {
      this.#underWay -= 1;
    }
  }

  /**
   * @param backTo where the provider sends the browser afterwards
   * @returns undefined if the provider is not known yet, or offers no sign-out (RP-Initiated Logout 1.0)
   */
  async signOutUrl(backTo: string): Promise<string | undefined> {
    const client = await import('openid-client');
    const config = await this.#known?.config.catch(() => undefined);
    if (config?.serverMetadata().end_session_endpoint === undefined) return undefined;
    return client.buildEndSessionUrl(config, { post_logout_redirect_uri: backTo }).href;
  }

  async #buildAuthorizationUrl(
    redirectUri: string,
    { state, nonce, verifier }: SignInSecrets,
  ): Promise<string> {
    const { scopes, acr_values: acrValues, max_age_seconds: maxAge } = this.#options.setting;
    const client = await import('openid-client');
    const config = await this.#config();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: [...new Set(['openid', ...scopes])].join(' '),
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(acrValues === undefined ? {} : { acr_values: acrValues.join(' ') }),
      ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    });
    return url.href;
  }

  async #exchange(redirectUri: string, answer: URLSearchParams, secrets: SignInSecrets): Promise<Person> {
    const { setting } = this.#options;
    const client = await import('openid-client');
    const config = await this.#config();
    const tokens = await client.authorizationCodeGrant(config, new URL(`?${answer}`, redirectUri), {
      pkceCodeVerifier: secrets.verifier,
      expectedState: secrets.state,
      expectedNonce: secrets.nonce,
      idTokenExpected: true,
      ...defined({ maxAge: setting.max_age_seconds }),
    });
    const idToken = tokens.claims() as IDToken;
    if (!isSubject(idToken.sub))
      throw new SignInError('unavailable', 'subject', 'the provider names the person by what is no subject');
    const { acr } = idToken;
    if (setting.acr_values !== undefined && (typeof acr !== 'string' || !setting.acr_values.includes(acr)))
      throw new SignInError(
        'refused',
        'acr',
        'the provider has not checked you as this controller wants it (dashboard.oidc.acr_values): sign in there another way, with a second factor perhaps',
      );
    const claims = await this.#withUserInfo(config, tokens.access_token, idToken);
    const groups = groupsOf(claims, setting.groups_claim);
    const role = roleOf(groups ?? [], setting.roles);
    if (role === undefined) throw withoutRole(setting, groups);
    return {
      id: `${new URL(setting.issuer).host}/${idToken.sub}`,
      name: nameOf(claims, idToken.sub),
      role,
    };
  }

  /** Many providers put groups and names into their UserInfo only (OpenID Connect Core section 5.4). */
  async #withUserInfo(config: Configuration, accessToken: string, idToken: IDToken): Promise<Claims> {
    const claims = idToken as Claims;
    const isThere = groupsOf(claims, this.#options.setting.groups_claim) !== undefined;
    if (isThere || config.serverMetadata().userinfo_endpoint === undefined) return claims;
    const { fetchUserInfo } = await import('openid-client');
    return { ...(await fetchUserInfo(config, accessToken, idToken.sub)), ...claims };
  }

  /** @throws SignInError */
  async #config(): Promise<Configuration> {
    const nowMs = this.#options.monotonicMs();
    if (this.#known === undefined || nowMs - this.#known.readAtMs >= READ_AGAIN_AFTER_MS)
      this.#known = { config: this.#discover(), readAtMs: nowMs };
    const { config } = this.#known;
    try {
      return await config;
    } catch (error) {
      if (this.#known?.config === config) this.#known = undefined;
      throw explainProviderError(error);
    }
  }

  async #discover(): Promise<Configuration> {
    const { setting, clientSecret, ca, timeoutSeconds } = this.#options;
    const client = await import('openid-client');
    const customFetch = providerFetch(ca) as never;
    const options = { [client.customFetch]: customFetch, timeout: timeoutSeconds };
    const clientMetadata = { [client.clockTolerance]: TOLERANCE_SECONDS };
    const found = await client.discovery(
      new URL(setting.issuer),
      setting.client_id,
      clientMetadata,
      client.None(),
      options,
    );
    const server = found.serverMetadata();
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authentication =
      clientSecret === undefined
        ? client.None()
        : methods.includes('client_secret_basic')
          ? client.ClientSecretBasic(clientSecret)
          : client.ClientSecretPost(clientSecret);
    const config = new client.Configuration(server, setting.client_id, clientMetadata, authentication);
    config[client.customFetch] = customFetch;
    config.timeout = timeoutSeconds;
    // Without this, the library trusts TLS alone for ID tokens that come from the token endpoint.
    client.enableNonRepudiationChecks(config);
    return config;
  }
}

function withoutRole({ groups_claim: claim, roles }: OpenIdSetting, groups: readonly string[] | undefined) {
  const wanted = Object.keys(roles).sort();
  const why =
    groups === undefined
      ? `the provider says nothing of your groups: let its administrator put them into the claim ${claim}`
      : `you are in no group that may use this mesh: ask for one of ${wanted.join(', ')}`;
  return new SignInError('refused', groups === undefined ? 'no_groups' : 'no_role', why);
}
