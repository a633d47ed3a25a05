// meshctl master-key: how far a rotation is, and what to do next.

import type { MasterKeyStatus } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
beforeAll(() => server.open());
afterAll(() => server.close());
const run = (...args: string[]) => meshctlHere(['master-key', ...args], { socket: server.path });

describe('master-key status', () => {
  it.each<[MasterKeyStatus, RegExp]>([
    [
      { status: 'running', sealed_again: 512, total: 4_000 },
      /^rotation\s+running\nsealed again\s+512 of 4000\nnext\s+see how far it is/,
    ],
    [{ status: 'stopped', sealed_again: 1, total: 2 }, /stopped\n.*\nnext\s+the controller's log says why/],
    [{ status: 'idle', sealed_again: 2, total: 2 }, /idle\n.*2 of 2\nnext\s+keep a copy of the key file/],
  ])('shows %j', async (body, text) => {
    server.answer({ 'GET /v1/master-key/status': { body } });
    expect((await run('status')).stdout).toMatch(text);
  });
});

describe('master-key rotate', () => {
  it('sends the reason, and asks for one', async () => {
    const line = 'POST /v1/master-key/rotate';
    server.answer({ [line]: { body: { status: 'running', sealed_again: 0, total: 9 } } });
    expect((await run('rotate', '--reason', 'it is time')).exitCode).toBe(0);
    expect(server.seen).toEqual([{ line, body: { reason: 'it is time' } }]);
    expect((await run('rotate')).exitCode).toBe(2);
  });
});
