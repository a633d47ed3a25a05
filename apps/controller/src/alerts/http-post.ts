// Posts a body to a URL over node:https or node:http, each time on a connection of its own. The fetch
// of @mesh/host speaks to servers of the mesh: it wants TLS 1.3 and a private CA.

import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { defined } from '@mesh/primitives';
import { explainRequest } from '../errors/explain-request.ts';

export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** PEM: the only roots to trust; absent: those of Node. */
  readonly ca?: string;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  /** Of the header Retry-After, if it is a number. */
  readonly retryAfterMs: number | undefined;
}

/**
 * Follows no redirect. The body of the answer is not read: the connection ends with its head. Rejects with
 * the signal's reason, or with an Error that names the host and not the rest of the URL.
 */
export type Post = (url: URL, request: PostRequest) => Promise<PostAnswer>;

/** The head of an answer may have no more bytes. */
const MAX_HEAD_BYTES = 16_384;

export const httpPost: Post = (url, { headers, body, ca, signal }) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const options: RequestOptions & { ca?: string } = {
      method: 'POST',
      agent: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      ...defined({ ca }),
    };
    const request = send(url, options);
    const onAbort = () => request.destroy(new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
    request.on('response', (answer) => {
      signal.removeEventListener('abort', onAbort);
      resolve({
        status: answer.statusCode ?? 0,
        retryAfterMs: /^\d{1,9}$/.test(answer.headers['retry-after'] ?? '')
          ? Number(answer.headers['retry-after']) * 1_000
          : undefined,
      });
      answer.on('error', () => undefined);
      request.destroy();
    });
    request.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(signal.aborted ? signal.reason : explainRequest(url.host, error));
    });
    request.end(body);
  });
