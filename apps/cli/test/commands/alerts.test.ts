// meshctl alerts: the receivers, and whether they take an alert.

import type { AlertReceiver } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
beforeAll(() => server.open());
afterAll(() => server.close());
const run = (...args: string[]) => meshctlHere(args, { socket: server.path });

const receiver: AlertReceiver = {
  name: 'ops',
  kind: 'webhook',
  target: 'a.example (json)',
  events: ['cut', 'brake'],
  pending: 3,
  dropped: 2,
  delivered: 7,
  failures: 1,
  failing: { since: '2030-01-01T00:00:00.000Z', why: 'HTTP 503' },
  last_delivered_at: null,
};

describe('alerts list', () => {
  it('shows what waits, what was dropped and why a receiver fails', async () => {
    server.answer({ 'GET /v1/alerts': { body: { receivers: [receiver] } } });
    expect((await run('alerts', 'list')).stdout).toMatch(
      /^ops\s+webhook\s+a\.example \(json\)\s+cut,brake\s+3\s+2\s+-\s+since 2030-01-01T00:00:00\.000Z: HTTP 503$/m,
    );
    server.answer({ 'GET /v1/alerts': { body: { receivers: [] } } });
    expect((await run('alerts', 'list')).stdout).toContain('alerts.webhooks or alerts.commands');
  });
});

describe('alerts test', () => {
  it('shows what the receivers answer, and exits with 7 if one took nothing', async () => {
    const results = [
      { name: 'ops', delivered: true, answer: 'HTTP 204' },
      { name: 'page', delivered: false, answer: 'exit code 1' },
    ];
    server.answer({ 'POST /v1/alerts/test': { body: { results } } });
    const both = await run('alerts', 'test');
    expect(both.exitCode).toBe(7);
    expect(both.stdout).toMatch(/ops\s+yes\s+HTTP 204\npage\s+no\s+exit code 1/);
    expect(both.stderr).toContain('not delivered: page');
    expect(server.seen.at(-1)?.body).toEqual({});
    server.answer({ 'POST /v1/alerts/test': { body: { results: results.slice(0, 1) } } });
    expect((await run('alerts', 'test', 'ops')).exitCode).toBe(0);
    expect(server.seen.at(-1)?.body).toEqual({ name: 'ops' });
  });
});

it('health names the receivers that fail', async () => {
  const failing = [{ name: 'ops', since: '2030-01-01T00:00:00.000Z', why: 'HTTP 503' }];
  server.answer({
    'GET /health': {
      body: { status: 'ok', epoch_id: 7, alerts: { receivers: 2, pending: 3, dropped: 1, failing } },
    },
  });
  const { stdout } = await run('health');
  expect(stdout).toMatch(/alerts\s+2 receivers, 3 alerts wait, 1 were not delivered\n/);
  expect(stdout).toMatch(/alerts fail\s+at ops since 2030-01-01T00:00:00\.000Z: HTTP 503\n/);
});
