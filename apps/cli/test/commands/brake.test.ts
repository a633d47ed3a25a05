// meshctl brake: the held nodes, and the decision about them.

import { parseNodeId } from '@mesh/primitives';
import type { BrakeStatus } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
beforeAll(() => server.open());
afterAll(() => server.close());
const run = (...args: string[]) => meshctlHere(['brake', ...args], { socket: server.path });

const settings = { share: 0.2, at_least: 5, window_seconds: 600, hold_seconds: 900 };
const braked: BrakeStatus = {
  settings,
  held: [
    {
      node_id: parseNodeId('node-a'),
      cause: 'suite canary-2\u001b[2J',
      reason: 'overall 0.10 is below 0.70',
      held_since: '2026-01-05T12:00:00.000Z',
      until: '2026-01-05T12:15:00.000Z',
      limited: true,
    },
  ],
};

describe('brake', () => {
  it('status lists whom it holds, and shows a cause that a node chose as text', async () => {
    server.answer({ 'GET /v1/brake': { body: braked } });
    const { exitCode, stdout } = await run('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^node-a {2}suite canary-2\\u\{1b\}\[2J {2}\S+ {2}2026-01-05T12:15:00.000Z {2}yes/m,
    );
  });

  it('status of a brake that holds nobody says when it would', async () => {
    server.answer({ 'GET /v1/brake': { body: { settings, held: [] } } });
    expect((await run('status')).stdout).toBe(
      'no node is held; the brake holds nodes for 900 s once one cause denies at least 5 nodes and more than 20 % of the mesh within 600 s\n',
    );
  });

  it.each([
    [['cut', '--reason', 'they are bad'], { decision: 'cut', reason: 'they are bad' }],
    [
      ['release', '--reason', 'wrong suite', '--for', '30m'],
      { decision: 'release', reason: 'wrong suite', for_seconds: 1_800 },
    ],
  ])('%j sends the decision with its reason', async (args, body) => {
    server.answer({ 'POST /v1/brake/end': { body: { settings, held: [] } } });
    expect((await run(...args)).exitCode).toBe(0);
    expect(server.seen).toEqual([{ line: 'POST /v1/brake/end', body }]);
  });

  it('asks for a reason', async () => {
    expect((await run('cut')).exitCode).toBe(2);
  });
});
