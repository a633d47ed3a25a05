// First contact with a controller: only a CA with a pinned key is trusted, and nothing secret is sent before
// that.

import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createTlsFetch, fetchCaWithPin, spkiPin } from '../src/index.ts';
import { createAuthority, signedByAnother } from './support/certificates.ts';
import { rejectionOf } from './support/error-of.ts';
import { startTlsServer } from './support/tls-server.ts';

const real = await createAuthority({ name: 'Mesh CA' });
const stranger = await createAuthority({ name: 'Mesh CA' });
const leaf = await real.issue('controller', { hosts: ['127.0.0.1'] });
const pin = spkiPin(real.cert);
const der = (pem: string) => new X509Certificate(pem).raw.toString('hex');

/** A public listener that answers /v1/ca with `body`. */
function serve(body: string, status = 200) {
  return startTlsServer(leaf, (_, response) => response.writeHead(status).end(body));
}

describe('the pin', () => {
  it('is SHA-256 of the public key info, in base64url', () => {
    const spki = new X509Certificate(real.cert).publicKey.export({ type: 'spki', format: 'der' });
    expect(pin).toBe(createHash('sha256').update(spki).digest('base64url'));
    expect(pin).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it.each([
    ['none', []],
    ['an empty one', ['']],
    ['one cut short', [pin.slice(0, 42)]],
    ['hex', ['ab'.repeat(32)]],
    ['a padded one', [`${pin}=`]],
    ['31 bytes', [new Uint8Array(31)]],
    ['a good and a broken one', [pin, 'x']],
  ])('%s is refused before anything is sent', async (_, pins) => {
    const server = await serve(real.cert);
    expect((await rejectionOf(fetchCaWithPin(server.url, pins))).code).toBe('invalid_argument');
    expect(server.connections()).toBe(0);
  });
});

describe('a pinned CA', () => {
  it('is fetched from a server with an unverified certificate, and verifies the next connection', async () => {
    const server = await serve(real.cert);
    const ca = await fetchCaWithPin(server.url, [pin]);
    expect(der(ca)).toBe(der(real.cert));
    expect(server.requests).toEqual(['GET /v1/ca']);
    const fetch = createTlsFetch({ ca });
    expect((await fetch(`${server.url}/x`)).status).toBe(200);
    fetch.close();
  });

  it('is found by the pin’s bytes as well, and not by other bytes', async () => {
    const server = await serve(real.cert);
    const bytes = new Uint8Array(Buffer.from(pin, 'base64url'));
    expect(der(await fetchCaWithPin(server.url, [bytes]))).toBe(der(real.cert));
    expect((await rejectionOf(fetchCaWithPin(server.url, [bytes.toReversed()]))).code).toBe('pin_mismatch');
  });

  it('sends no header that could carry a secret', async () => {
    const names: string[] = [];
    const server = await startTlsServer(leaf, (request, response) => {
      names.push(...Object.keys(request.headers));
      response.end(real.cert);
    });
    await fetchCaWithPin(server.url, [pin]);
    expect(names.sort()).toEqual(['connection', 'host']);
  });

  it('is accepted by any of several pins, so that a CA can be replaced', async () => {
    const server = await serve(`${real.cert}${stranger.cert}`);
    const both = await fetchCaWithPin(server.url, [spkiPin(stranger.cert), pin]);
    expect(both.match(/BEGIN/g)).toHaveLength(2);
  });

  it('is returned alone: another CA in the answer is dropped', async () => {
    for (const body of [`${real.cert}${stranger.cert}`, `${stranger.cert}${real.cert}`]) {
      const server = await serve(body);
      const ca = await fetchCaWithPin(server.url, [pin]);
      expect(ca.match(/BEGIN/g)).toHaveLength(1);
      expect(der(ca)).toBe(der(real.cert));
    }
  });
});

describe('anything else', () => {
  it('with another key is refused, although its name is the same', async () => {
    const server = await serve(stranger.cert);
    expect((await rejectionOf(fetchCaWithPin(server.url, [pin]))).code).toBe('pin_mismatch');
  });

  it('with the pinned key is refused when that key did not sign it', async () => {
    const server = await serve(await signedByAnother(real));
    const error = await rejectionOf(fetchCaWithPin(server.url, [pin]));
    expect(error.code).toBe('tls_untrusted');
    expect(error.message).toContain('not signed by its own key');
  });

  it('with the pinned key is refused when it is not a CA', async () => {
    const plain = await createAuthority({ ca: false });
    const server = await serve(plain.cert);
    const error = await rejectionOf(fetchCaWithPin(server.url, [spkiPin(plain.cert)]));
    expect([error.code, error.message]).toEqual(['tls_untrusted', expect.stringContaining('not a CA')]);
  });

  it('with the pinned key is refused outside its validity, to the millisecond', async () => {
    const notBefore = new Date('2030-01-01T00:00:00Z');
    const notAfter = new Date('2030-02-01T00:00:00Z');
    const timed = await createAuthority({ notBefore, notAfter });
    const server = await serve(timed.cert);
    const at = (nowMs: number) => fetchCaWithPin(server.url, [spkiPin(timed.cert)], { nowMs });
    await expect(at(notBefore.getTime())).resolves.toContain('BEGIN');
    await expect(at(notAfter.getTime())).resolves.toContain('BEGIN');
    // With OpenSSL's codes as the cause, by which callers tell that a clock may be wrong.
    expect(await rejectionOf(at(notBefore.getTime() - 1))).toMatchObject({
      code: 'tls_untrusted',
      cause: { code: 'CERT_NOT_YET_VALID' },
    });
    expect(await rejectionOf(at(notAfter.getTime() + 1))).toMatchObject({
      code: 'tls_untrusted',
      cause: { code: 'CERT_HAS_EXPIRED' },
    });
  });

  it.each([
    ['no certificate', 'hello', 200, 'response_unexpected'],
    ['an empty answer', '', 200, 'response_unexpected'],
    [
      'a broken certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      200,
      'response_unexpected',
    ],
    ['a redirect', real.cert, 302, 'response_unexpected'],
    ['an error', real.cert, 500, 'response_unexpected'],
    ['a flood', 'x'.repeat(1_000_000), 200, 'response_too_large'],
  ])('is refused: %s', async (_, body, status, code) => {
    const server = await serve(body, status);
    expect((await rejectionOf(fetchCaWithPin(server.url, [pin]))).code).toBe(code);
  });

  it('is refused over TLS 1.2', async () => {
    const server = await startTlsServer({ ...leaf, maxVersion: 'TLSv1.2' }, (_, response) =>
      response.end(real.cert),
    );
    const error = await rejectionOf(fetchCaWithPin(server.url, [pin]));
    expect([error.code, error.message]).toEqual(['wrong_listener', expect.stringContaining('TLS 1.3')]);
    expect(server.requests).toEqual([]);
  });

  it('is refused on the nodes port, which asks for a client certificate: the message says so', async () => {
    const nodesPort = { ...leaf, ca: real.cert, requestCert: true, rejectUnauthorized: true };
    const server = await startTlsServer({ ...nodesPort, minVersion: 'TLSv1.3' }, (_, response) =>
      response.end(real.cert),
    );
    const error = await rejectionOf(fetchCaWithPin(server.url, [pin]));
    expect([error.code, error.message]).toEqual([
      'wrong_listener',
      expect.stringContaining('this is the nodes port of a controller; enrolment is on its public port'),
    ]);
  });

  it('is refused behind plain HTTP: the message says so', async () => {
    const plain = createHttpServer((_, response) => response.end(real.cert)).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    const error = await rejectionOf(fetchCaWithPin(`https://127.0.0.1:${port}`, [pin]));
    expect([error.code, error.message]).toEqual(['wrong_listener', expect.stringContaining('not in TLS')]);
    plain.close();
  });

  it.each(['http://127.0.0.1:1', '127.0.0.1:1', 'nonsense'])('is refused as an address: %s', async (url) => {
    expect((await rejectionOf(fetchCaWithPin(url, [pin]))).code).toBe('invalid_argument');
  });

  it('ends with the signal’s reason when it aborts', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const abort = new AbortController();
    const reason = new Error('enough');
    silent.once('connection', () => abort.abort(reason));
    const { port } = silent.address() as AddressInfo;
    const fetching = fetchCaWithPin(`https://127.0.0.1:${port}`, [pin], { signal: abort.signal });
    await expect(fetching).rejects.toBe(reason);
    await expect(fetchCaWithPin('https://127.0.0.1:1', [pin], { signal: abort.signal })).rejects.toBe(reason);
    silent.close();
  });
});
