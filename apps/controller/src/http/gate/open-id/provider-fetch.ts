// Asks an OpenID provider over node:https. The fetch of @mesh/host speaks to servers of the mesh: it wants
// TLS 1.3 and a private CA.

import { request as requestHttps } from 'node:https';
import { defined } from '@mesh/primitives';
import { explainRequest } from '../../../errors/explain-request.ts';

/** Discovery documents, sets of keys and tokens are far smaller. */
const MAX_BODY_BYTES = 262_144;
const MAX_HEAD_BYTES = 16_384;

export interface ProviderRequest {
  readonly method?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: unknown;
  readonly signal?: AbortSignal | null;
}

/** The provider was not reached, or its answer is too long to be one. */
export class ProviderUnreachable extends Error {}

/**
 * Follows no redirect, and reads the whole answer before it resolves.
 *
 * @param ca PEM: the only roots to trust; undefined: those of Node
 */
export const providerFetch =
  (ca: string | undefined) =>
  (address: string, { method = 'GET', headers, body, signal }: ProviderRequest = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const url = new URL(address);
      const sent = body === undefined || body === null ? undefined : Buffer.from(String(body));
      const request = requestHttps(url, {
        method,
        agent: false,
        maxHeaderSize: MAX_HEAD_BYTES,
        headers: {
          ...Object.fromEntries(new Headers(headers)),
          ...(sent === undefined ? {} : { 'content-length': String(sent.length) }),
        },
        ...defined({ ca }),
        ...(signal ? { signal } : {}),
      });
      const fail = (error: unknown) =>
        reject(
          new ProviderUnreachable(
            signal?.aborted === true
              ? `${url.host} takes too long to answer: try again, and look at the provider if it stays so`
              : explainRequest(url.host, error).message,
          ),
        );
      request.on('error', fail);
      request.on('response', (answer) => {
        const parts: Buffer[] = [];
        let length = 0;
        answer.on('error', fail);
        answer.on('data', (part: Buffer) => {
          length += part.length;
          parts.push(part);
          if (length <= MAX_BODY_BYTES) return;
          reject(new ProviderUnreachable(`${url.host} answers with more than ${MAX_BODY_BYTES} bytes`));
          request.destroy();
        });
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          const fields = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
            typeof value === 'string' ? [[name, value]] : [],
          );
          // A Response cannot be made with other numbers.
          if (status < 200 || status > 599) return fail(new Error('no status of an answer'));
          const isEmpty = status === 204 || status === 304;
          resolve(new Response(isEmpty ? null : Buffer.concat(parts), { status, headers: fields }));
        });
      });
      request.end(sent);
    });
