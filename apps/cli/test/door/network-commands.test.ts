// Every command of meshctl over the network, with the operator's key that `mesh-controller init` has made,
// against a real controller: it does what it does at the socket.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composePorts } from '../../src/compose.ts';
import { createProgram } from '../../src/program.ts';
import { meshctlHere } from '../support/meshctl.ts';
import { RunningController } from '../support/running-controller.ts';

const controller = new RunningController();
const { folder, socket } = controller;
const file = (name: string) => join(folder, name);
const WHY = ['--reason', 'a test'];

const over = (...args: string[]) =>
  meshctlHere([
    ...['--controller', controller.publicUrl, '--ca-pin', controller.caPin, '--key-file', file('admin.key')],
    ...args,
  ]);
const at = (...args: string[]) => meshctlHere(args, { socket });

beforeAll(async () => {
  await controller.start({
    epoch_seconds: 86_400,
    limits: { address_per_minute: 10_000, connections_per_second: 1_000 },
  });
  expect(await at('officers', 'keygen', '--out', file('officer.key'))).toMatchObject({ exitCode: 0 });
  writeFileSync(file('policy.yaml'), 'threshold: 0.8\n');
  writeFileSync(file('pool.yaml'), JSON.stringify(POOL));
  const request = [
    ...['request', 'create', 'node.revoke', '--node', 'node-x', ...WHY, '--out', file('request.json')],
    ...['--mesh', 'demo', '--state', `sha256:${'0'.repeat(64)}`, '--required', '2'],
  ];
  expect(await at(...request)).toMatchObject({ exitCode: 0, stderr: '' });
  const sign = ['request', 'sign', file('request.json'), '--key', file('officer.key'), '--yes'];
  expect(await at(...sign)).toMatchObject({ exitCode: 0 });
});
afterAll(() => controller.stop());

const POOL = {
  name: 'secrets',
  version: '1',
  pool: 'secrets',
  uses: 1,
  prompts: [
    { id: 'one', dimension: 'refusal', prompt: 'Which?', assert: [{ type: 'contains', value: 'no' }] },
  ],
};

/** Those that ask no controller. */
const LOCAL = [
  'completions',
  'officers keygen',
  'request show',
  'request sign',
  'audit verify',
  'exam verify',
  // With --tokens they make tokens as `tokens create` does.
  'import wireguard',
  'import headscale',
];

/** A command, and what follows it. */
type Args = readonly string[];

/** In this order. */
const carriedOut: readonly Args[] = [
  ['status'],
  ['events'],
  ['top', '--once'],
  ['health'],
  ['nodes list'],
  ['epoch status'],
  ['epoch rotate'],
  ['log'],
  ['log key'],
  ['audit tail'],
  ['audit search'],
  ['audit export'],
  ['tokens create'],
  ['tokens list'],
  ['keys create', '--name', 'x', '--role', 'viewer'],
  ['keys list'],
  ['policy get'],
  ['policy check', file('policy.yaml')],
  ['policy backtest', file('policy.yaml')],
  ['policy set', file('policy.yaml'), ...WHY],
  ['brake status'],
  ['maintenance status'],
  ['officers list'],
  ['request list'],
  ['ca status'],
  ['config-key status'],
  ['config-key prepare', ...WHY],
  ['config-key abort', ...WHY],
  ['log-key status'],
  ['log-key prepare', ...WHY],
  ['log-key abort', ...WHY],
  ['backup', file('a.backup')],
  ['master-key status'],
  ['master-key rotate', ...WHY],
  ['exam load', file('pool.yaml'), ...WHY],
  ['exam pools'],
  ['exam opened', 'secrets'],
  ['exam list'],
  ['exam withdraw', 'secrets', ...WHY],
  ['examiners list'],
  ['alerts list'],
];

/** What there is to do for these is refused: the node, the token, the key or the state is not there. */
const refused: readonly Args[] = [
  ['nodes show', 'node-x'],
  ['why', 'node-x'],
  ['reach', 'node-x', 'node-y'],
  ['nodes quarantine', 'node-x', ...WHY],
  ['nodes release', 'node-x', ...WHY],
  ['nodes revoke', 'node-x', ...WHY, '--yes'],
  ['nodes approve', 'node-x', ...WHY],
  ['nodes reject', 'node-x', ...WHY],
  ['nodes set-class', 'node-x', 'default', ...WHY],
  ['nodes delete', 'node-x', ...WHY, '--yes'],
  ['nodes erase', 'node-x', ...WHY, '--yes'],
  ['nodes reset-sequence', 'node-x', ...WHY],
  ['policy explain', 'node-x'],
  ['audit prove', 'node-x', '--out', file('proof.json')],
  ['tokens withdraw', 'A'.repeat(12), ...WHY],
  ['keys expire', '0'.repeat(16)],
  ['brake cut', ...WHY],
  ['brake release', ...WHY],
  ['config-key switch', ...WHY],
  ['config-key finish', ...WHY],
  ['log-key finish', ...WHY],
  ['maintenance start', '--for', '5m', ...WHY, '--key', file('officer.key')],
  ['maintenance end'],
  ['request create', 'node.revoke', '--node', 'node-x', ...WHY, '--out', file('other.json')],
  ['request submit', file('request.json')],
  ['exam show', '0'.repeat(32)],
  ['exam prove', '0'.repeat(32), '--out', file('exam.json')],
  ['examiners restore', 'node-x', ...WHY],
  ['alerts test', 'nobody'],
];

/** The last ones: from the end on, the pin is another one. */
const last: readonly Args[] = [
  ['ca rotate', ...WHY],
  ['ca finish', ...WHY],
];

const argsOf = ([command = '', ...rest]: Args) => [...command.split(' '), ...rest];

/** Every command that does something: those without further commands, and `log`, which has one. */
function commandsOf(command: Command, path: readonly string[] = []): string[] {
  const below = command.commands.flatMap((one) => commandsOf(one, [...path, one.name()]));
  return below.length === 0 || path.join(' ') === 'log' ? [path.join(' '), ...below] : below;
}

describe('over the network', () => {
  it.each(carriedOut)('meshctl %s is carried out', async (...args) => {
    expect(await over(...argsOf(args))).toMatchObject({ exitCode: 0 });
  });

  it.each(refused)('meshctl %s is refused as at the socket', async (...args) => {
    const there = await over(...argsOf(args));
    expect(there).toMatchObject({ exitCode: 1, stdout: '' });
    expect(there).toEqual(await at(...argsOf(args)));
    expect(there.stderr).not.toMatch(/no such path|unauthenticated|forbidden/);
  });

  it.each(last)('meshctl %s is carried out', async (...args) => {
    expect(await over(...argsOf(args))).toMatchObject({ exitCode: 0 });
  });

  it('every command was tried, but those that ask no controller', () => {
    const tried = [...carriedOut, ...refused, ...last].map(([command]) => command);
    expect([...tried, ...LOCAL].sort()).toEqual(commandsOf(createProgram(composePorts())).sort());
  });
});
