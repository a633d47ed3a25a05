// Lines of an answer that is still open: each is given when its end has arrived, once, and whole.

import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createTlsFetch, HostError, type NodeFetch } from '../src/index.ts';
import { createAuthority } from './support/certificates.ts';
import { rejectionOf } from './support/error-of.ts';
import { startTlsServer } from './support/tls-server.ts';

const authority = await createAuthority();
const identity = await authority.issue('controller', { hosts: ['127.0.0.1'] });
const LINES = { 'content-type': 'application/jsonl' };

interface Stream {
  readonly fetch: NodeFetch;
  readonly url: string;
  readonly requests: readonly string[];
}

async function streamed<T>(
  answer: (response: ServerResponse) => void,
  use: (stream: Stream) => Promise<T>,
  maxResponseBytes = 1_000,
): Promise<T> {
  const server = await startTlsServer(identity, (_request, response) => answer(response));
  const fetch = createTlsFetch({ ca: authority.cert, maxResponseBytes });
  try {
    return await use({ fetch, url: server.url, requests: server.requests });
  } finally {
    fetch.close();
  }
}

describe('lines of an answer', () => {
  it('arrive while it is open, however the connection cuts them', async () => {
    const lines: string[] = [];
    let open: ServerResponse | undefined;
    const arrived = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => (lines.length >= count ? resolve() : setImmediate(look));
        look();
      });
    await streamed(
      (response) => {
        open = response.writeHead(200, LINES);
        response.write('{"a":1}\n{"b"');
      },
      async ({ fetch, url }) => {
        const ended = fetch(url, { onLine: (line) => lines.push(line) });
        await arrived(1);
        expect(lines).toEqual(['{"a":1}']);
        // The two bytes of one letter.
        open?.write(Buffer.from([0x3a, 0xc3]));
        await new Promise(setImmediate);
        open?.write(Buffer.from([0xbc, 0x0a]));
        await arrived(2);
        open?.end('last');
        const response = await ended;
        expect(lines).toEqual(['{"a":1}', '{"b":ü', 'last']);
        expect([response.status, await response.text()]).toEqual([200, '']);
      },
    );
  });

  it('are not taken from another kind of answer', async () => {
    for (const [status, head] of [
      [200, { 'content-type': 'application/json' }],
      [409, LINES],
    ] as const) {
      const lines: string[] = [];
      await streamed(
        (response) => response.writeHead(status, head).end('{}\n'),
        async ({ fetch, url }) => {
          const response = await fetch(url, { onLine: (line) => lines.push(line) });
          expect([await response.text(), lines]).toEqual(['{}\n', []]);
        },
      );
    }
  });

  it('end with an error above the limit, over all lines together', async () => {
    const lines: string[] = [];
    const error = await streamed(
      (response) => response.writeHead(200, LINES).end(`${'x'.repeat(599)}\n${'y'.repeat(599)}\n`),
      ({ fetch, url }) => rejectionOf(fetch(url, { onLine: (line) => lines.push(line) })),
    );
    expect(error.code).toBe('response_too_large');
  });

  it('end, with its reason, when the signal aborts', async () => {
    const stop = new AbortController();
    const enough = new HostError('response_unexpected', 'enough');
    const lines: string[] = [];
    const error = await streamed(
      (response) => void response.writeHead(200, LINES).write('one\n'),
      ({ fetch, url }) =>
        rejectionOf(
          fetch(url, {
            signal: stop.signal,
            onLine: (line) => {
              lines.push(line);
              stop.abort(enough);
            },
          }),
        ),
    );
    expect([error, lines]).toEqual([enough, ['one']]);
  });

  it('are not given again when a kept connection breaks', async () => {
    let asked = 0;
    const lines: string[] = [];
    const error = await streamed(
      (response) => {
        asked += 1;
        if (asked === 1) response.writeHead(200, LINES).end('first\n');
        else response.writeHead(200, LINES).write('second\n', () => response.socket?.destroy());
      },
      async ({ fetch, url, requests }) => {
        await fetch(url, { onLine: (line) => lines.push(line) });
        const failed = await rejectionOf(fetch(url, { onLine: (line) => lines.push(line) }));
        expect(requests).toHaveLength(2);
        return failed;
      },
    );
    expect(error).toMatchObject({ code: 'connection_failed' });
    expect(lines).toEqual(['first', 'second']);
  });
});
