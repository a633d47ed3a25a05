// meshctl config-key: the steps of a change of the key that signs configs, and what is still to be waited
// for.

import { parseNodeId } from '@mesh/primitives';
import type { ConfigKeyStatus } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
beforeAll(() => server.open());
afterAll(() => server.close());
const run = (...args: string[]) => meshctlHere(['config-key', ...args], { socket: server.path });

const alone: ConfigKeyStatus = {
  config_key: 'K1',
  next_config_key: null,
  next_from: null,
  previous_config_key: null,
  not_confirmed: [],
};
const announced: ConfigKeyStatus = {
  ...alone,
  next_config_key: 'K2',
  next_from: '2030-01-01T00:00:00.000Z',
  not_confirmed: [parseNodeId('node-a')],
};
const switched: ConfigKeyStatus = { ...alone, config_key: 'K2', previous_config_key: 'K1' };

describe('config-key status', () => {
  it.each([
    ['one key', alone, /^signs\s+K1\n$/],
    [
      'who has not confirmed the next one',
      announced,
      /next key\s+K2\nmay sign from\s+2030-01-01T00:00:00.000Z\nnot confirmed\s+node-a\nnext\s+wait until these nodes/,
    ],
    [
      'the next command once all have',
      { ...announced, not_confirmed: [] },
      /not confirmed\s+none\nnext\s+once it may sign: meshctl config-key switch/,
    ],
    [
      'that the key before is still to end',
      switched,
      /signs\s+K2\nbefore\s+K1\n.*\nnext\s+end the key before/,
    ],
  ])('shows %s', async (_what, body, shown) => {
    server.answer({ 'GET /v1/config-key/status': { body } });
    const { exitCode, stdout } = await run('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(shown);
  });
});

describe('config-key', () => {
  it.each([
    [['prepare', '--reason', 'x'], 'prepare', { reason: 'x', delay_seconds: 600 }],
    [['prepare', '--reason', 'x', '--after', '2h'], 'prepare', { reason: 'x', delay_seconds: 7_200 }],
    [['switch', '--reason', 'x'], 'switch', { reason: 'x', force: false }],
    [['switch', '--reason', 'x', '--force'], 'switch', { reason: 'x', force: true }],
    [['finish', '--reason', 'x'], 'finish', { reason: 'x' }],
    [['abort', '--reason', 'x'], 'abort', { reason: 'x' }],
  ])('%j sends the step with its reason', async (args, step, body) => {
    const line = `POST /v1/config-key/${step}`;
    server.answer({ [line]: { body: announced } });
    expect((await run(...args)).exitCode).toBe(0);
    expect(server.seen).toEqual([{ line, body }]);
  });

  it.each(['prepare', 'switch', 'finish', 'abort'])('%s asks for a reason', async (step) => {
    expect((await run(step)).exitCode).toBe(2);
  });
});
