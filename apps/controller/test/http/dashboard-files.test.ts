// The files of the dashboard as the public listener serves them: compressed, cached by name, and under a
// policy that lets nothing foreign in.

import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { SCRIPT, smallDashboard, visitor } from '../support/dashboard.ts';
import { startTestController } from '../support/index.ts';

it('serves the page to anybody, under a strict policy', async () => {
  await using controller = await startTestController({ dashboardFolder: smallDashboard() });
  const ask = visitor(controller);
  const page = await ask('/dashboard/');
  expect(await page.text()).toContain('<title>small</title>');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  const policy = page.headers.get('content-security-policy')?.split('; ');
  expect(policy).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
  );
  expect(policy?.join()).not.toContain('unsafe');
  const short = await ask('/dashboard');
  expect([short.status, short.headers.get('location')]).toEqual([308, '/dashboard/']);
  const again = await ask('/dashboard/', { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
  expect([again.status, await again.text()]).toEqual([304, '']);
});

it('serves a file as its build has compressed it, to whoever takes that, for a year', async () => {
  await using controller = await startTestController({ dashboardFolder: smallDashboard() });
  const ask = visitor(controller);
  const get = async (accepted: string) => {
    const answer = await ask('/dashboard/assets/index-1a2b.js', { headers: { 'accept-encoding': accepted } });
    return [answer.headers, Buffer.from(await answer.arrayBuffer())] as const;
  };
  const [brotli, brotliBytes] = await get('gzip, deflate, br');
  expect([brotli.get('content-encoding'), brotliDecompressSync(brotliBytes).toString()]).toEqual([
    'br',
    SCRIPT,
  ]);
  const [gzip, gzipBytes] = await get('gzip, br;q=0');
  expect([gzip.get('content-encoding'), gunzipSync(gzipBytes).toString()]).toEqual(['gzip', SCRIPT]);
  const [plain, plainBytes] = await get('identity');
  expect([plain.get('content-encoding'), plainBytes.toString()]).toEqual([null, SCRIPT]);
  for (const headers of [brotli, gzip, plain]) {
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('vary')).toBe('accept-encoding');
  }
});

it.each(['notes.txt', 'assets/index-1a2b.js.br', '..%2fcontroller.db', '../../etc/passwd', 'assets/', '%00'])(
  'serves nothing else: %s',
  async (name) => {
    await using controller = await startTestController({ dashboardFolder: smallDashboard() });
    const answer = await visitor(controller)(`/dashboard/${name}`);
    expect(answer.status).toBe(404);
  },
);
