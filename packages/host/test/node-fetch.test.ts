// Requests to a controller: verified, over kept connections, ended by a signal, over TCP and unix sockets.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createSocketFetch, createTlsFetch, type NodeFetch } from '../src/index.ts';
import { createAuthority } from './support/certificates.ts';
import { errorOf, rejectionOf } from './support/error-of.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { startTlsServer } from './support/tls-server.ts';

const authority = await createAuthority();
const stranger = await createAuthority();
const serverIdentity = await authority.issue('controller', { hosts: ['127.0.0.1', 'controller.mesh'] });
const elsewhere = await authority.issue('elsewhere', { hosts: ['other.mesh'] });
const node = await authority.issue('node-a');

async function using<T>(fetch: NodeFetch, run: (fetch: NodeFetch) => Promise<T>): Promise<T> {
  try {
    return await run(fetch);
  } finally {
    fetch.close();
  }
}

const echo = () =>
  startTlsServer(serverIdentity, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(201, 'Made', { 'x-method': String(request.method), 'set-cookie': ['a=1', 'b=2'] });
      response.end(JSON.stringify({ headers: request.headers, body: Buffer.concat(chunks).toString('hex') }));
    });
  });

describe('a TLS fetch', () => {
  it('carries method, headers and body both ways', async () => {
    const server = await echo();
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      const response = await fetch(`${server.url}/a?b=c`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-One': 'eins' },
        body: '{"ü":1}',
      });
      expect([response.status, response.statusText, response.ok]).toEqual([201, 'Made', true]);
      expect(response.headers.get('x-method')).toBe('POST');
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      const seen: unknown = await response.json();
      expect(seen).toMatchObject({
        headers: { 'content-type': 'application/json', 'x-one': 'eins', 'content-length': '8' },
        body: Buffer.from('{"ü":1}').toString('hex'),
      });
      const bytes = await fetch(new URL(server.url), { method: 'put', body: Uint8Array.of(0, 255) });
      expect(await bytes.json()).toMatchObject({ body: '00ff' });
      expect(server.requests).toEqual(['POST /a?b=c', 'PUT /']);
    });
  });

  it.each([204, 205, 304])('answers %i without a body', async (status) => {
    const server = await startTlsServer(serverIdentity, (_, response) => response.writeHead(status).end());
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      const response = await fetch(server.url);
      expect([response.status, response.body]).toEqual([status, null]);
    });
  });

  it('does not follow a redirect', async () => {
    const server = await startTlsServer(serverIdentity, (_, response) =>
      response.writeHead(302, { location: '/b' }).end(),
    );
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      expect((await fetch(`${server.url}/a`)).status).toBe(302);
      expect(server.requests).toEqual(['GET /a']);
    });
  });

  it('keeps one connection for one request after another, and maxSockets for many at once', async () => {
    const server = await echo();
    await using(createTlsFetch({ ca: authority.cert, maxSockets: 2 }), async (fetch) => {
      for (let round = 0; round < 5; round++) await (await fetch(server.url)).text();
      expect(server.connections()).toBe(1);
      await Promise.all(Array.from({ length: 10 }, () => fetch(server.url)));
      expect(server.connections()).toBe(2);
    });
  });

  it('uses TLS 1.3 and sends its client certificate', async () => {
    const seen: unknown[] = [];
    const server = await startTlsServer(
      { ...serverIdentity, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const socket = request.socket as TLSSocket;
        seen.push(socket.getProtocol(), socket.getPeerCertificate().subject.CN);
        response.end();
      },
    );
    await using(createTlsFetch({ ca: authority.cert, ...node }), async (fetch) => {
      expect((await fetch(server.url)).status).toBe(200);
    });
    expect(seen).toEqual(['TLSv1.3', 'node-a']);
    // Positive control: without the certificate the server does not even see a request.
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      expect((await rejectionOf(fetch(server.url))).code).toBe('connection_failed');
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ['another CA signed', serverIdentity, { ca: stranger.cert }],
    ['names another host', elsewhere, { ca: authority.cert }],
    ['does not carry the asked servername', serverIdentity, { ca: authority.cert, servername: 'other.mesh' }],
  ])('sends nothing to a server whose certificate %s', async (_, identity, options) => {
    const server = await startTlsServer(identity, (_request, response) => response.end());
    await using(createTlsFetch(options), async (fetch) => {
      const error = await rejectionOf(fetch(server.url, { method: 'POST', body: 'secret-body' }));
      expect(error.code).toBe('tls_untrusted');
      expect(JSON.stringify([error.message, String(error.cause)])).not.toContain('secret-body');
    });
    expect(server.requests).toEqual([]);
  });

  it.each([[''], [[]], ['  ']])(
    'refuses to be made with the empty CA %j, which would mean the public roots',
    (ca) => {
      expect(errorOf(() => createTlsFetch({ ca })).code).toBe('invalid_argument');
    },
  );

  it('names the certificate’s names if it lacks the requested one', async () => {
    const server = await startTlsServer(serverIdentity, (_, response) => response.end());
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      const { message } = await rejectionOf(fetch(server.url.replace('127.0.0.1', 'localhost')));
      expect(message).toContain('lacks the name localhost');
      expect(message).toContain('it has: IP Address:127.0.0.1, DNS:controller.mesh.');
    });
  });

  it('accepts a certificate by the given servername', async () => {
    const server = await startTlsServer(elsewhere, (_, response) => response.end());
    await using(createTlsFetch({ ca: authority.cert, servername: 'other.mesh' }), async (fetch) => {
      expect((await fetch(server.url)).status).toBe(200);
    });
  });

  it('refuses a server with TLS 1.2 only, and plain http', async () => {
    const server = await startTlsServer({ ...serverIdentity, maxVersion: 'TLSv1.2' }, (_, response) =>
      response.end(),
    );
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      expect((await rejectionOf(fetch(server.url))).code).toBe('connection_failed');
      expect((await rejectionOf(fetch(server.url.replace('https', 'http')))).code).toBe('invalid_argument');
      expect((await rejectionOf(fetch('not a url'))).code).toBe('invalid_argument');
    });
    expect(server.requests).toEqual([]);
  });

  it('says what it could not reach', async () => {
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      const error = await rejectionOf(fetch('https://127.0.0.1:1/'));
      expect(error.code).toBe('connection_failed');
      expect(error.message).toContain('127.0.0.1:1');
      expect(error.message).toContain('ECONNREFUSED');
    });
  });

  it('ends with the signal’s reason before the request, before the answer and during the answer', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    let arrived = () => {};
    const server = await startTlsServer(serverIdentity, (request, response) => {
      if (request.url === '/partial') response.write('half');
      arrived();
    });
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      for (const path of ['/silent', '/partial']) {
        const own = new AbortController();
        arrived = () => own.abort(reason);
        await expect(fetch(server.url + path, { signal: own.signal })).rejects.toBe(reason);
      }
      abort.abort(reason);
      await expect(fetch(server.url, { signal: abort.signal })).rejects.toBe(reason);
    });
    expect(server.requests).toEqual(['GET /silent', 'GET /partial']);
  });

  it('refuses an answer beyond maxResponseBytes, to the byte', async () => {
    const server = await startTlsServer(serverIdentity, (request, response) =>
      response.end('x'.repeat(Number(request.url?.slice(1)))),
    );
    await using(createTlsFetch({ ca: authority.cert, maxResponseBytes: 1_000 }), async (fetch) => {
      expect(await (await fetch(`${server.url}/1000`)).text()).toHaveLength(1_000);
      expect((await rejectionOf(fetch(`${server.url}/1001`))).code).toBe('response_too_large');
    });
  });

  it('rejects an answer that breaks off', async () => {
    const server = await startTlsServer(serverIdentity, (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      expect((await rejectionOf(fetch(server.url))).code).toBe('connection_failed');
    });
  });

  it.each([
    ['GET', 'is sent again'],
    ['POST', 'is not sent again'],
  ])('when the server closes the kept connection under a request, %s %s', async (method, outcome) => {
    let answered = 0;
    const server = await startTlsServer(serverIdentity, (request, response) => {
      answered += 1;
      if (answered === 2) request.socket.destroy();
      else response.end('ok');
    });
    await using(createTlsFetch({ ca: authority.cert }), async (fetch) => {
      await (await fetch(server.url)).text();
      const second = fetch(server.url, { method });
      if (outcome === 'is sent again') expect(await (await second).text()).toBe('ok');
      else expect((await rejectionOf(second)).code).toBe('connection_failed');
    });
    expect(answered).toBe(method === 'GET' ? 3 : 2);
  });
});

describe('a socket fetch', () => {
  it('sends HTTP over a unix socket', async () => {
    const path = join(temporaryDirectory(), 'admin.sock');
    const server = createServer((request, response) =>
      response.end(`${request.method} ${request.url}`),
    ).listen(path);
    await once(server, 'listening');
    await using(createSocketFetch(path), async (fetch) => {
      expect(await (await fetch('http://local/v1/x?y=1', { method: 'DELETE' })).text()).toBe(
        'DELETE /v1/x?y=1',
      );
    });
    server.close();
    await using(createSocketFetch(`${path}.none`), async (fetch) => {
      expect((await rejectionOf(fetch('http://local/'))).message).toContain('ENOENT');
    });
  });
});
