// meshctl ca: the steps of a rotation, and what is still to be waited for.

import { parseNodeId } from '@mesh/primitives';
import type { CaStatus } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
beforeAll(() => server.open());
afterAll(() => server.close());
const run = (...args: string[]) => meshctlHere(['ca', ...args], { socket: server.path });

const alone: CaStatus = { ca_pin: 'P1', next_ca_pin: null, not_ready: [] };
const waiting: CaStatus = { ca_pin: 'P1', next_ca_pin: 'P2', not_ready: [parseNodeId('node-a')] };

describe('ca status', () => {
  it('shows one pin as long as there is one CA', async () => {
    server.answer({ 'GET /v1/ca/status': { body: alone } });
    expect((await run('status')).stdout).toMatch(/^pin\s+P1\n$/);
  });

  it('names the nodes that are not ready, and what to wait for', async () => {
    server.answer({ 'GET /v1/ca/status': { body: waiting } });
    const { exitCode, stdout } = await run('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/next pin\s+P2\nnot ready\s+node-a\nnext\s+wait until these nodes/);
  });

  it('gives the next command once every node is ready', async () => {
    server.answer({ 'GET /v1/ca/status': { body: { ...waiting, not_ready: [] } } });
    expect((await run('status')).stdout).toMatch(
      /not ready\s+none\nnext\s+end the present CA: meshctl ca finish/,
    );
  });
});

describe('ca', () => {
  it.each([
    [['rotate', '--reason', 'it is time'], 'POST /v1/ca/rotate', { reason: 'it is time' }],
    [
      ['finish', '--reason', 'all are ready'],
      'POST /v1/ca/finish',
      { reason: 'all are ready', force: false },
    ],
    [['finish', '--reason', 'x', '--force'], 'POST /v1/ca/finish', { reason: 'x', force: true }],
  ])('%j sends the step with its reason', async (args, line, body) => {
    server.answer({ [line]: { body: waiting } });
    expect((await run(...args)).exitCode).toBe(0);
    expect(server.seen).toEqual([{ line, body }]);
  });

  it.each(['rotate', 'finish'])('%s asks for a reason', async (step) => {
    expect((await run(step)).exitCode).toBe(2);
  });
});
