/**
 * A fetch-like function over node:http and node:https. It can do what the global fetch cannot: client
 * certificates, a private CA as the only root, unix sockets, one kept connection. It never follows redirects.
 */

import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { defined } from '@mesh/primitives';
import { explainUnreachable } from './explain-connection.ts';
import { explainUntrusted, explainWrongListener } from './explain-tls.ts';
import { errorCodeOf, HostError } from './host-error.ts';
import { readLines, tooLarge } from './read-lines.ts';

export interface NodeFetchInit {
  readonly method?: string;
  readonly headers?: Headers | Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | null;
  readonly signal?: AbortSignal | null;
  /**
   * Called with each line of an `application/jsonl` answer (status 200), without its end, in the turn in
   * which it arrives. The Response then has an empty body. Other answers are not affected.
   */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** Can be used as a `(url, init) => Promise<Response>`. `close()` drops kept connections. */
export interface NodeFetch {
  (url: string | URL, init?: NodeFetchInit): Promise<Response>;
  close(): void;
}

export interface ConnectionOptions {
  /**
   * How many connections may be open at a time. Further requests wait for one. A blocking query occupies one.
   */
  readonly maxSockets?: number;
  /** A response with a longer body, in bytes, is refused. */
  readonly maxResponseBytes?: number;
}

export interface TlsFetchOptions extends ConnectionOptions {
  /** PEM: the only trusted roots. */
  readonly ca: string | readonly string[];
  /** PEM, the client certificate with its chain. */
  readonly cert?: string;
  /**
   * PEM: the certificate's private key. Node's TLS needs a string or Buffer and keeps it, so it cannot be
   * zeroed.
   */
  readonly key?: string | Buffer;
  /** The name that the server's certificate must have, if it is not the URL's host. */
  readonly servername?: string;
}

const DEFAULT_MAX_SOCKETS = 4;
const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1_048_576;

/**
 * TLS 1.3 with chain and name verified, connections kept alive, sessions resumed. The caller closes it.
 *
 * Rejects with the signal's reason when it aborts, else HostError `tls_untrusted` (the server's certificate),
 * `connection_failed`, `response_too_large`; `invalid_argument` for a URL that is not https.
 */
export function createTlsFetch(options: TlsFetchOptions): NodeFetch {
  // Node reads an empty `ca` as no `ca`, and would trust the public roots instead.
  if (!String(options.ca).includes('-----BEGIN CERTIFICATE-----')) {
    throw new HostError('invalid_argument', 'the CA is empty: fetch it by its pin first');
  }
  const agent = new HttpsAgent({
    keepAlive: true,
    maxSockets: options.maxSockets ?? DEFAULT_MAX_SOCKETS,
    minVersion: 'TLSv1.3',
    ca: typeof options.ca === 'string' ? options.ca : [...options.ca],
    rejectUnauthorized: true,
    ...defined({ cert: options.cert, key: options.key, servername: options.servername }),
  });
  return createFetch(agent, options, (url) => {
    if (url.protocol !== 'https:') throw new HostError('invalid_argument', `${url.origin} is not https`);
    return {};
  });
}

/** HTTP over a unix socket. Only the URL's path and query matter. The caller closes it. */
export function createSocketFetch(socketPath: string, options: ConnectionOptions = {}): NodeFetch {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: options.maxSockets ?? DEFAULT_MAX_SOCKETS });
  return createFetch(agent, options, () => ({ socketPath }));
}

type Transport = HttpAgent | HttpsAgent;

function createFetch(
  agent: Transport,
  options: ConnectionOptions,
  connectionOf: (url: URL) => RequestOptions,
): NodeFetch {
  const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const fetchOnce = async (input: string | URL, init: NodeFetchInit = {}): Promise<Response> => {
    const url = input instanceof URL ? input : parseUrl(input);
    const connection = connectionOf(url);
    const first = await exchange(agent, url, connection, init, maxBytes);
    if (first !== 'connection was stale') return first;
    const second = await exchange(agent, url, connection, init, maxBytes, true);
    if (second !== 'connection was stale') return second;
    throw new HostError('connection_failed', `${url.origin} closed the connection twice: try again later`);
  };
  return Object.assign(fetchOnce, { close: () => agent.destroy() });
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new HostError('invalid_argument', 'the URL cannot be parsed');
  return url;
}

/**
 * Sends a request. The server may close a kept connection at the same moment: then the result for a GET or
 * HEAD is `connection was stale`, and the caller sends it again.
 */
function exchange(
  agent: Transport,
  url: URL,
  connection: RequestOptions,
  init: NodeFetchInit,
  maxBytes: number,
  isRetry = false,
): Promise<Response | 'connection was stale'> {
  const method = (init.method ?? 'GET').toUpperCase();
  const signal = init.signal ?? undefined;
  const body = typeof init.body === 'string' ? Buffer.from(init.body, 'utf8') : (init.body ?? undefined);
  const headers = Object.fromEntries(new Headers(init.headers));
  if (body !== undefined) headers['content-length'] = String(body.length);
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const send = agent instanceof HttpsAgent ? httpsRequest : httpRequest;
    const request = send(url, { ...connection, agent, method, headers });
    const onAbort = () => request.destroy(new Error('aborted'));
    signal?.addEventListener('abort', onAbort, { once: true });
    // Lines that were given must not be given again.
    let isStream = false;
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted === true) reject(signal.reason);
      else if (
        !isRetry &&
        !isStream &&
        request.reusedSocket &&
        isStale(error) &&
        (method === 'GET' || method === 'HEAD')
      ) {
        resolve('connection was stale');
      } else reject(error instanceof HostError ? error : explain(url, error, showsCertificate(agent)));
    };
    request.on('error', fail);
    request.on('response', (incoming) => {
      const { onLine } = init;
      isStream = onLine !== undefined && isLines(incoming);
      const content =
        onLine !== undefined && isStream
          ? readLines(incoming, maxBytes, onLine).then(() => new Uint8Array())
          : readBody(incoming, maxBytes);
      content.then(
        (content) => {
          signal?.removeEventListener('abort', onAbort);
          resolve(toResponse(incoming, content));
        },
        (error: unknown) => {
          request.destroy();
          fail(error);
        },
      );
    });
    request.end(body);
  });
}

function isStale(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function isLines({ statusCode, headers }: IncomingMessage): boolean {
  return statusCode === 200 && headers['content-type'] === 'application/jsonl';
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    const bytes: Uint8Array = chunk;
    length += bytes.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(bytes);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

function toResponse(incoming: IncomingMessage, content: Uint8Array<ArrayBuffer>): Response {
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599)
    throw new HostError('response_unexpected', `the answer's status is ${status}`);
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '');
  }
  // In the Fetch standard these have no body, not even an empty one.
  const body = status === 204 || status === 205 || status === 304 ? null : content;
  return new Response(body, { status, statusText: incoming.statusMessage ?? '', headers });
}

function explain(url: URL, error: unknown, showsCertificate: boolean): HostError {
  const untrusted = explainUntrusted(url.host, error);
  if (untrusted !== undefined) return new HostError('tls_untrusted', untrusted, { cause: error });
  return new HostError(
    'connection_failed',
    explainWrongListener(url.host, error) ??
      explainUnreachable(url.host, errorCodeOf(error) ?? 'unknown', showsCertificate),
    { cause: error },
  );
}

function showsCertificate(agent: Transport): boolean {
  return agent instanceof HttpsAgent && agent.options.cert !== undefined;
}
