// meshctl request and officers against a real controller: made, signed without a network, brought together,
// refused.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogPage, OfficerList, RequestDraft, SignedRequest } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { RunningController } from '../support/running-controller.ts';

const controller = new RunningController();
const { folder, socket } = controller;
const at = (name: string) => join(folder, name);
/** Where nothing answers: what works with it needs no network. */
const NOWHERE = { socket: at('no.sock') };
const publicKeys: Record<string, string> = {};
const next = { officers: [] as { name: string; public_key: string | undefined }[], required: 1 };

const run = (...args: string[]) => meshctlHere(args, { socket });
const json = async <T>(...args: string[]): Promise<T> => {
  const { exitCode, stdout, stderr } = await run('--json', ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as T;
};
const sign = (file: string, name: string, ...more: string[]) =>
  meshctlHere(['request', 'sign', file, '--key', at(`${name}.key`), '--yes', ...more], NOWHERE);
const read = (file: string): SignedRequest => JSON.parse(readFileSync(file, 'utf8'));

/** A request to replace the officers by alice, bob and this number of signatures. */
async function replacement(name: string, required = 2, ...more: string[]): Promise<string> {
  const file = at(name);
  const parameters = JSON.stringify({ ...next, required });
  const made = await run(
    ...['request', 'create', 'officers.replace', '--parameters', parameters],
    ...['--reason', 'carol has left', '--out', file, ...more],
  );
  expect(made).toMatchObject({ exitCode: 0, stderr: '' });
  return file;
}

beforeAll(async () => {
  for (const name of ['alice', 'bob', 'carol', 'mallory']) {
    const { stdout } = await meshctlHere(['--json', 'officers', 'keygen', '--out', at(`${name}.key`)]);
    publicKeys[name] = (JSON.parse(stdout) as { public_key: string }).public_key;
  }
  const entries = ['alice', 'bob', 'carol'].map((name) => ({ name, public_key: publicKeys[name] }));
  next.officers = entries.slice(0, 2);
  await controller.start({ epoch_seconds: 86_400, officers: entries });
});
afterAll(() => controller.stop());

describe('officers list', () => {
  it('shows who may sign, and how many have to', async () => {
    const { stdout } = await run('officers', 'list');
    expect(stdout).toMatch(/^2 of 3 have to sign$/m);
    expect(stdout).toContain(publicKeys.alice);
    expect(await json<OfficerList>('officers', 'list')).toMatchObject({ mesh_id: 'demo', required: 2 });
  });
});

describe('a request', () => {
  it('is made, shown and signed without a network, gathered from two files, and takes effect', async () => {
    const file = await replacement('change.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const copy = at('change-bob.json');
    writeFileSync(copy, readFileSync(file));
    const shown = await meshctlHere(['request', 'show', file], NOWHERE);
    expect(shown.stdout).toContain('from then on 2 of these 2 officers must sign: alice (');
    expect((await sign(file, 'alice')).stdout).toMatch(/^next +pass .* to the next officer$/m);
    expect((await sign(copy, 'bob')).exitCode).toBe(0);
    expect(read(file).signatures).toHaveLength(1);
    const signed = await meshctlHere(['request', 'show', file], NOWHERE);
    expect(signed.stdout).toContain(`signed by key      ${publicKeys.alice}\n`);
    const submitted = await run('request', 'submit', file, copy);
    expect(submitted.stdout).toMatch(/^status +has taken effect$/m);
    expect(submitted.stdout).toMatch(/^signatures +2 of 2: alice, bob$/m);
    expect((await json<OfficerList>('officers', 'list')).officers.map(({ name }) => name)).toEqual([
      'alice',
      'bob',
    ]);
    const again = await run('request', 'submit', file, copy);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain('request_replayed');
  });

  it('is gathered by the controller, one signature at a time, and listed meanwhile', async () => {
    const file = await replacement('later.json', 1);
    await sign(file, 'bob');
    expect((await run('request', 'submit', file)).stdout).toMatch(/^status +waits for more signatures$/m);
    const { stdout } = await run('request', 'list');
    expect(stdout).toMatch(/officers\.replace +1 of 2 +bob +waits for more signatures/);
    expect((await run('request', 'submit', file)).stderr).toContain('too_few_signatures: 1 of 2');
    await sign(file, 'alice');
    expect((await run('request', 'submit', file)).exitCode).toBe(0);
    expect((await run('request', 'list')).stdout).toBe('no request is open\n');
    expect(await json<OfficerList>('officers', 'list')).toMatchObject({ required: 1 });
    // Back to two signatures, for the other tests.
    const back = await replacement('back.json', 2);
    await sign(back, 'alice');
    expect((await run('request', 'submit', back)).exitCode).toBe(0);
  });

  it('is made without a network from what another create has shown', async () => {
    const { request } = read(await replacement('online.json'));
    const draft: RequestDraft = request;
    const offline = at('offline.json');
    const flags = ['--mesh', draft.mesh_id, '--state', draft.state, '--required', String(draft.required)];
    const args = ['request', 'create', 'officers.replace', '--reason', 'x', '--out', offline, ...flags];
    const made = await meshctlHere([...args, '--parameters', JSON.stringify(request.parameters)], NOWHERE);
    expect(made.exitCode).toBe(0);
    const { request_id, not_before, expires_at, reason, ...rest } = read(offline).request;
    expect(request).toMatchObject(rest);
    expect(request_id).not.toBe(request.request_id);
    expect(Date.parse(expires_at) - Date.parse(not_before)).toBe(86_400_000);
    expect(reason).toBe('x');
  });

  it('shows a signature that does not hold, and the controller refuses it and logs that', async () => {
    const file = await replacement('forged.json');
    await sign(file, 'alice');
    const signed = read(file);
    writeFileSync(file, JSON.stringify({ ...signed, request: { ...signed.request, reason: 'another' } }));
    expect((await meshctlHere(['request', 'show', file], NOWHERE)).stdout).toContain('does not hold');
    const refused = await run('request', 'submit', file);
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain('bad_signature: the signature of alice does not verify');
    const { entries } = await json<LogPage>('log');
    expect(entries.at(-1)?.entry).toMatchObject({ type: 'request_refused', data: { code: 'bad_signature' } });
  });

  it('is shown before it is signed, and signed only after a yes', async () => {
    const file = await replacement('typed.json');
    const args = ['request', 'sign', file, '--key', at('alice.key')];
    const declined = await meshctlHere(args, { ...NOWHERE, answer: 'y' });
    expect(declined.stderr).toContain('that is not yes: nothing was signed');
    expect(read(file).signatures).toEqual([]);
    const agreed = await meshctlHere(args, { ...NOWHERE, answer: 'yes' });
    expect(agreed.stderr).toMatch(/^what happens +from then on 2 of these 2 officers must sign/m);
    expect(read(file).signatures).toHaveLength(1);
  });

  it('of a stranger is refused', async () => {
    const file = await replacement('stranger.json');
    await sign(file, 'mallory');
    expect((await run('request', 'submit', file)).stderr).toContain('officer_unknown');
  });
});

describe('what meshctl itself refuses', () => {
  const fails = async (args: readonly string[], says: string) => {
    const { exitCode, stderr } = await meshctlHere(args, { socket });
    expect(stderr).toContain(says);
    expect(exitCode).toBe(2);
  };

  it('to sign without being asked', async () => {
    const file = await replacement('asked.json');
    await fails(['request', 'sign', file, '--key', at('alice.key')], 'say --yes');
    expect(read(file).signatures).toEqual([]);
  });

  it('a second signature of one key', async () => {
    const file = await replacement('twice.json');
    await sign(file, 'alice');
    expect((await sign(file, 'alice')).stderr).toContain('the signature of this key already');
    expect(read(file).signatures).toHaveLength(1);
  });

  it('different requests together', async () => {
    const files = [await replacement('one.json'), await replacement('two.json')];
    await fails(['request', 'submit', ...files], 'hold different requests');
  });

  it('--all-at-once for another kind', async () => {
    await fails(
      ['request', 'submit', await replacement('at-once.json'), '--all-at-once'],
      'is for node.revoke',
    );
  });

  it('to write over a file', async () => {
    await replacement('there.json');
    const args = ['request', 'create', 'officers.replace', '--reason', 'x', '--out', at('there.json')];
    await fails([...args, '--parameters', JSON.stringify(next)], 'is there already');
  });

  it.each([
    ['text', 'is no request'],
    ['{"request":{},"signatures":[]}', 'is no request: request'],
    ['{"a":1,"a":2}', 'is no request'],
  ])('a file that holds %s', async (text, says) => {
    writeFileSync(at('bad.json'), text);
    await fails(['request', 'show', at('bad.json')], says);
  });

  it('a file that is not UTF-8, in words and without a code', async () => {
    writeFileSync(at('binary'), new Uint8Array([0xff, 0xfe]));
    const { stderr } = await meshctlHere(['request', 'show', at('binary')], NOWHERE);
    expect(stderr).toBe(`meshctl: ${at('binary')} is not UTF-8: name the right file, or save it as UTF-8\n`);
  });

  it('a file that is longer than a request can be', async () => {
    writeFileSync(at('long.json'), ' '.repeat(65_537));
    await fails(['request', 'show', at('long.json')], 'has more than 65536 bytes');
  });

  it('a file that is not there', () => fails(['request', 'show', at('none.json')], 'ENOENT'));

  it.each([
    [[], 'give --node, --class or --parameters'],
    [['--parameters', '[]'], 'give --node, --class or --parameters'],
    [['--parameters', '{'], '--parameters: '],
    [['--node', 'node-a', '--mesh', 'demo'], 'give all of --mesh, --state and --required'],
  ])('create node.revoke %j', async (flags, says) => {
    const args = ['request', 'create', 'node.revoke', '--reason', 'x', '--out', at('never.json')];
    await fails([...args, ...flags], says);
  });

  it('a request for a node that does not exist: the controller says so', async () => {
    const args = ['request', 'create', 'node.revoke', '--reason', 'x', '--out', at('never.json')];
    const { exitCode, stderr } = await meshctlHere([...args, '--node', 'node-x'], { socket });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is no node node-x');
  });
});
