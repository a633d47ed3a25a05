// The port of the agent's metrics: one page, for this machine.

import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { serveMetrics } from '../../src/control/metrics-server.ts';
import { silent } from '../support/agent-fixtures.ts';

async function serve(read = async () => ({ contentType: 'text/plain', text: 'a 1\n' })) {
  const server = await serveMetrics(0, read, silent);
  onTestFinished(() => void server.close());
  return server.address() as AddressInfo;
}

it('serves the page at /metrics to this machine, and nothing else', async () => {
  const { address, port } = await serve();
  expect(address).toBe('127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  const page = await fetch(`${url}/metrics`);
  expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
    200,
    'text/plain',
    'a 1\n',
  ]);
  expect((await fetch(`${url}/metrics`, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405);
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/v1/down`, { method: 'POST' })).status).toBe(404);
});

it('answers with an error and goes on where the status cannot be read', async () => {
  let left = 1;
  const { port } = await serve(async () => {
    if (left-- > 0) throw new Error('a secret of the interface');
    return { contentType: 'text/plain', text: 'a 1\n' };
  });
  const first = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(first.status).toBe(500);
  expect(await first.text()).not.toContain('secret');
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
});

it('says what to do about a port that is taken', async () => {
  const { port } = await serve();
  await expect(serveMetrics(port, async () => ({ contentType: '', text: '' }), silent)).rejects.toMatchObject(
    { code: 'usage', message: expect.stringContaining('metrics.port') },
  );
});
