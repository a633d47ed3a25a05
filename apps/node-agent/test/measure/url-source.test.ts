import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createUrlSource } from '../../src/measure/sources/url-source.ts';
import { codeOf, measure, NOW, serve, serviceProcess } from '../support/measure-fixtures.ts';

describe('a URL', () => {
  const sourceAt = (url: string, timeoutMs = 10_000) =>
    createUrlSource({
      url,
      readCredentials: () => ({}),
      suiteVersion: 's',
      timeoutMs,
      perform: serviceProcess(timeoutMs),
      controllerNowMs: () => NOW,
    });

  it('is fetched, and its result gets the date of the request', async () => {
    const url = await serve((_request, response) => response.end('{"scores":{"overall":0.7}}'));
    expect(await measure(sourceAt(url), 'c9')).toMatchObject({
      measuredAtMs: NOW,
      scores: { overall: 0.7 },
      challenge: 'c9',
    });
  });

  it.each([
    ['an error', 'unreachable', (response) => response.writeHead(500).end('{"scores":{"overall":1}}')],
    ['a redirect', 'unreachable', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    ['something else', 'malformed', (response) => response.end('<html>')],
    ['too much', 'too_large', (response) => response.end('x'.repeat(100_000))],
  ] satisfies [string, string, (response: Parameters<RequestListener>[1]) => unknown][])(
    'that answers %s is a failed measurement',
    async (_what, code, reply) => {
      expect(await codeOf(measure(sourceAt(await serve((_request, response) => void reply(response)))))).toBe(
        code,
      );
    },
  );

  it('that never answers is abandoned', async () => {
    const url = await serve(() => undefined);
    expect(await codeOf(measure(sourceAt(url, 50)))).toBe('timeout');
  });

  it('that nobody listens on is a failed measurement', async () => {
    expect(await codeOf(measure(sourceAt('http://127.0.0.1:9')))).toBe('unreachable');
  });
});
