// The platform's own fetch as what the typed clients need: it gives the lines of an answer while they arrive.

import { type FetchLike, STREAM_MEDIA_TYPE } from '@mesh/protocol';

/** The part of an answer of `fetch` that is needed. */
export interface WebResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
  text(): Promise<string>;
}

/** `fetch` of browsers, of Node and of edge runtimes. */
export type WebFetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
    redirect: 'error';
    cache: 'no-store';
  },
) => Promise<WebResponse>;

/** Longer than any entry of the log. */
const LONGEST_LINE = 4 * 1024 * 1024;

/**
 * Redirects are refused: a key goes to the controller and to nobody else. The platform caches nothing,
 * because answers hold what not everybody may see; `remembering` keeps them in memory.
 */
export function webTransport(fetch: WebFetch): FetchLike {
  return async (url, { onLine, headers = {}, ...init }) => {
    const answer = await fetch(url, { ...init, headers, redirect: 'error', cache: 'no-store' });
    const type = answer.headers.get('content-type') ?? '';
    if (onLine === undefined || type.split(';')[0] !== STREAM_MEDIA_TYPE) return answer;
    const { body } = answer;
    if (body === null) return answer;
    return {
      status: answer.status,
      headers: answer.headers,
      text: async () => {
        await readLines(body, onLine);
        return '';
      },
    };
  };
}

async function readLines(
  body: NonNullable<WebResponse['body']>,
  onLine: (line: string) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += value === undefined ? decoder.decode() : decoder.decode(value, { stream: !done });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') onLine(line);
      if (rest.length > LONGEST_LINE) throw new RangeError('a line of the answer does not end');
      if (done) break;
    }
    if (rest !== '') onLine(rest);
  } catch (error) {
    await reader.cancel().catch(() => undefined);
    throw error;
  }
}
