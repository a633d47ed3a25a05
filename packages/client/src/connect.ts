// Puts a typed client together: where the controller is, who asks, and how.

import {
  type AdminClient,
  type ClientOptions,
  createAdminClient,
  createPublicClient,
  formatAdminKey,
  networkAdminPath,
  type PublicClient,
  parseAdminKey,
} from '@mesh/protocol';
import { MeshClientError } from './client-error.ts';
import { remembering } from './remembering.ts';
import { type RetryOptions, retrying } from './retrying.ts';
import { type WebFetch, webTransport } from './web-transport.ts';

export interface ConnectOptions {
  /** Of the public door, such as `https://controller.example:8444`; or of a proxy before the unix socket. */
  readonly baseUrl: string;
  /** The platform's own, or one with pinned TLS, a client certificate or a unix socket underneath. */
  readonly fetch: WebFetch;
  /**
   * As `meshctl keys create` makes it. Absent where `fetch` brings a certificate or a cookie, or the socket.
   */
  readonly apiKey?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `socket`: paths are as at the unix socket, without `/v1/admin`. `network` by default. */
  readonly door?: 'network' | 'socket';
  /** Absent: nothing is repeated. */
  readonly retry?: RetryOptions;
  /** How many answers are remembered by their tags; 64 by default, and 0 for none. */
  readonly remember?: number;
}

/** Everything that an administrator's role allows. */
export type Admin = AdminClient;

/** What reads. */
const READS = [
  'health',
  'nodes',
  'node',
  'tokens',
  'epoch',
  'policy',
  'checkPolicy',
  'backtestPolicy',
  'explainNode',
  'reach',
  'brake',
  'maintenance',
  'officers',
  'requests',
  'requestDraft',
  'caStatus',
  'configKeyStatus',
  'logKeyStatus',
  'masterKeyStatus',
  'pools',
  'exams',
  'exam',
  'examProof',
  'openedItems',
  'examiners',
  'log',
  'followLog',
  'proof',
  'logKey',
] as const satisfies readonly (keyof AdminClient)[];

/** What the role `viewer` may do: it cannot change anything, whatever the key allows. */
export type Reader = Pick<AdminClient, (typeof READS)[number]>;

/**
 * @throws MeshClientError if the options cannot be right
 * @throws AdminKeyError if `apiKey` is no API key
 */
export function connectAdmin(options: ConnectOptions): Admin {
  return createAdminClient(clientOptions(options, options.door === 'socket' ? undefined : networkAdminPath));
}

/** Throws as `connectAdmin` does. */
export function connectReader(options: ConnectOptions): Reader {
  const client = connectAdmin(options);
  return Object.fromEntries(READS.map((name) => [name, client[name]])) as unknown as Reader;
}

/** What anybody may ask. @throws MeshClientError if the options cannot be right */
export function connectPublic(options: Omit<ConnectOptions, 'apiKey' | 'door'>): PublicClient {
  return createPublicClient(clientOptions(options, undefined));
}

function clientOptions(
  { baseUrl, fetch, apiKey, headers = {}, retry, remember = 64 }: ConnectOptions,
  toPath: ((path: string) => string) | undefined,
): ClientOptions {
  if (!Number.isInteger(remember) || remember < 0)
    throw new MeshClientError('invalid_option', 'remember must be a whole number from 0 on');
  const web = webTransport(fetch);
  const repeated = retry === undefined ? web : retrying(web, retry);
  return {
    baseUrl: originOf(baseUrl, apiKey !== undefined),
    fetch: remember === 0 ? repeated : remembering(repeated, remember),
    headers: { ...headers, ...authorization(apiKey) },
    ...(toPath === undefined ? {} : { toPath }),
  };
}

/** The key is read first: one with a slip of the pen is not sent. */
const authorization = (apiKey: string | undefined): Record<string, string> =>
  apiKey === undefined ? {} : { authorization: `Bearer ${formatAdminKey(parseAdminKey(apiKey))}` };

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

function originOf(baseUrl: string, hasKey: boolean): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.search !== ''
  )
    throw new MeshClientError(
      'invalid_url',
      'baseUrl must be an http or https URL without a user or a query, such as https://controller.example:8444',
    );
  if (hasKey && url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    throw new MeshClientError('insecure_url', 'an API key is sent over https only: use the https URL');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
