// Failed connections: each cause has its own advice, because the wrong advice makes people look in the wrong
// place.

import { beforeAll, describe, expect, it } from 'vitest';
import { explainUnreachable } from '../src/explain-connection.ts';
import { createTlsFetch, HostError } from '../src/index.ts';
import { createAuthority, type Identity, type TestAuthority } from './support/certificates.ts';
import { startTlsServer } from './support/tls-server.ts';

const HOUR_MS = 3_600_000;
const ENDED = { notBefore: new Date(Date.now() - 2 * HOUR_MS), notAfter: new Date(Date.now() - HOUR_MS) };
const TO_COME = { notBefore: new Date(Date.now() + HOUR_MS), notAfter: new Date(Date.now() + 2 * HOUR_MS) };
const hosts = ['127.0.0.1'];

let authority: TestAuthority;
let stranger: TestAuthority;
let server: Identity;
beforeAll(async () => {
  authority = await createAuthority();
  stranger = await createAuthority({ name: 'Another CA' });
  server = await authority.issue('server', { hosts });
});

async function refusalOf(url: string, options: Parameters<typeof createTlsFetch>[0]): Promise<HostError> {
  const fetch = createTlsFetch(options);
  try {
    const error: unknown = await fetch(url).then(
      () => new Error('it was answered'),
      (caught: unknown) => caught,
    );
    if (!(error instanceof HostError)) throw error;
    return error;
  } finally {
    fetch.close();
  }
}

describe('a server’s certificate', () => {
  it.each([
    ['that has ended', ENDED, /CERT_HAS_EXPIRED\).*clock right, or else restart the controller/],
    ['that has not begun', TO_COME, /CERT_NOT_YET_VALID\).*clock right, or else the controller's/],
  ])('%s: the clocks', async (_what, life, says) => {
    const { url } = await startTlsServer(
      await authority.issue('server', { hosts, ...life }),
      (_request, response) => response.end(),
    );
    const { code, message } = await refusalOf(url, { ca: authority.cert });
    expect(code).toBe('tls_untrusted');
    expect(message).toMatch(says);
    expect(message).not.toMatch(/another CA|address/);
  });

  it('of another CA: another server answers', async () => {
    const { url } = await startTlsServer(server, (_request, response) => response.end());
    const { code, message } = await refusalOf(url, { ca: stranger.cert });
    expect(code).toBe('tls_untrusted');
    expect(message).toContain('another CA issued it than the one that is trusted here');
    expect(message).not.toContain('clock');
  });
});

describe('a client’s certificate', () => {
  const strict = () =>
    startTlsServer(
      { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
      (_request, response) => response.end('ok'),
    );

  it('positive control: is accepted', async () => {
    const { url } = await strict();
    const fetch = createTlsFetch({ ca: authority.cert, ...(await authority.issue('node')) });
    expect((await fetch(url)).status).toBe(200);
    fetch.close();
  });

  it.each([
    ['that has ended', () => authority.issue('node', ENDED)],
    ['of another CA', () => stranger.issue('node')],
  ])('%s: the certificate may be the cause, not a missing server', async (_what, issue) => {
    const { url } = await strict();
    const { message } = await refusalOf(url, { ca: authority.cert, ...(await issue()) });
    expect(message).toContain("it may not take this client's certificate, which may have ended");
    expect(message).not.toContain('cannot be reached');
  });
});

describe('an unreachable server', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'no such name'],
    ['EAI_AGAIN', 'name server'],
    ['EHOSTUNREACH', 'firewalls'],
    ['ETIMEDOUT', 'firewalls'],
    ['ECONNRESET', 'closed the connection'],
    ['EMFILE', 'LimitNOFILE'],
    ['unknown', 'check the address and that it runs'],
  ])('for %s: %s', (code, advice) => {
    const text = explainUnreachable('mesh.example:8443', code);
    expect(text).toContain(`mesh.example:8443 cannot be reached (${code}): `);
    expect(text).toContain(advice);
  });
});
