// meshctl log-key: the steps of a change of the keys that sign the log's heads, and what is still to be
// waited for.

import type { LogKeyStatus } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const server = new SocketServer();
beforeAll(() => server.open());
afterAll(() => server.close());
const run = (...args: string[]) => meshctlHere(['log-key', ...args], { socket: server.path });

const alone: LogKeyStatus = {
  origin: 'example.com/log',
  present: ['example.com/log+0a+AQ==', 'example.com/log+0b+Bg=='],
  next: null,
  is_published: false,
  not_confirmed: [],
};
const prepared: LogKeyStatus = {
  ...alone,
  next: ['example.com/log+1a+AQ==', 'example.com/log+1b+Bg=='],
  not_confirmed: ['https://w.example'],
};

describe('log-key status', () => {
  it.each([
    ['one pair', alone, /^signs\s+example.com\/log\+0a\nsigns\s+example.com\/log\+0b\n$/],
    [
      'that the next keys have signed nothing that is published',
      prepared,
      /next key\s+example.com\/log\+1a\nnext key\s+.*1b\npublished head\s+does not bear .*\nnot confirmed\s+https:\/\/w.example\nnext\s+wait/,
    ],
    [
      'which witnesses lack the next keys',
      { ...prepared, is_published: true },
      /published head\s+bears .*\nnot confirmed\s+https:\/\/w.example\nnext\s+give these witnesses the keys/,
    ],
    [
      'the next command once none lacks them',
      { ...prepared, is_published: true, not_confirmed: [] },
      /not confirmed\s+none\nnext\s+once all .*: meshctl log-key finish/,
    ],
  ])('shows %s', async (_what, body, shown) => {
    server.answer({ 'GET /v1/log-key/status': { body } });
    const { exitCode, stdout } = await run('status');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(shown);
  });
});

describe('log-key', () => {
  it.each([
    [['prepare', '--reason', 'x'], 'prepare', { reason: 'x' }],
    [['finish', '--reason', 'x'], 'finish', { reason: 'x', force: false }],
    [['finish', '--reason', 'x', '--force'], 'finish', { reason: 'x', force: true }],
    [['abort', '--reason', 'x'], 'abort', { reason: 'x' }],
  ])('%j sends the step with its reason', async (args, step, body) => {
    const line = `POST /v1/log-key/${step}`;
    server.answer({ [line]: { body: prepared } });
    expect((await run(...args)).exitCode).toBe(0);
    expect(server.seen).toEqual([{ line, body }]);
  });

  it.each(['prepare', 'finish', 'abort'])('%s asks for a reason', async (step) => {
    expect((await run(step)).exitCode).toBe(2);
  });
});
