// The process that asks a measured service: its privileges, and how it ends from the agent's view.

import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock, waitUntil } from '@mesh/host/test-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MeasureJob } from '../../src/measure/child/service-job.ts';
import { GRACE_MS } from '../../src/measure/sources/service-process.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { codeOf, measuringProgram, nobody, serve, serviceProcess } from '../support/measure-fixtures.ts';
import { commandLines, nodesUnder, processesMarked } from '../support/processes.ts';

const isRoot = nobody !== undefined;
const never = new AbortController().signal;
const job = (url: string, more: Partial<MeasureJob> = {}) =>
  ({ kind: 'url', url, timeoutMs: 20_000, ...more }) as MeasureJob;
const inShell = (script: string) => ['/bin/sh', '-c', script];
const running = () => nodesUnder(process.pid, 'measure-child');

/** A service that holds its answer back until the test releases it. */
async function patient() {
  let answer: (() => void) | undefined;
  let authorization: string | undefined;
  const url = await serve((request, response) => {
    authorization = request.headers.authorization;
    answer = () => response.end('{"scores":{"overall":0.7}}');
  });
  const asked = () => waitUntil('the question', () => answer !== undefined);
  return { url, asked, answer: () => answer?.(), authorization: () => authorization };
}

function readUnlessDenied(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

describe('the process that asks a service', () => {
  it.runIf(isRoot)('has another user, limits, no capabilities, and no way to regain any', async () => {
    const service = await patient();
    const result = serviceProcess(20_000)(job(service.url), never);
    await service.asked();
    const [pid] = running();
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    for (const name of ['Uid', 'Gid']) expect(status).toMatch(new RegExp(`^${name}:(\t65534){4}$`, 'm'));
    for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      expect(status).toMatch(new RegExp(`^${name}:\t0+$`, 'm'));
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    expect(limits).toMatch(/^Max processes +512 +512 /m);
    expect(limits).toMatch(/^Max open files +256 +256 /m);
    expect(limits).toMatch(/^Max data size +2147483648 +2147483648 /m);
    service.answer();
    expect(await result).toEqual({ scores: { overall: 0.7 } });
  });

  it.runIf(isRoot)(
    "cannot read the node's keys, send signals to the agent, or become root again",
    async () => {
      const keys = join(temporaryDirectory(), 'keys');
      writeFileSync(keys, 'secret', { mode: 0o600 });
      const nosy = join(import.meta.dirname, '../programs/nosy-child.ts');
      const program = [process.execPath, '--conditions=@mesh/source', nosy, keys];
      const { notes } = await serviceProcess(20_000, { program })(job('http://127.0.0.1:9'), never);
      expect(notes).toBe('read: EACCES, write: EACCES, signal: EPERM, become root: EPERM');
      expect(readFileSync(keys, 'utf8')).toBe('secret');
    },
  );

  it('gets the API key through a pipe: no list of processes shows it', async () => {
    const service = await patient();
    const result = serviceProcess(20_000)(job(service.url, { apiKey: 'sk-very-secret' }), never);
    await service.asked();
    expect(service.authorization()).toBe('Bearer sk-very-secret');
    const [pid] = running();
    expect(commandLines().join('')).not.toContain('sk-very-secret');
    // The process has changed its user, so not even root may read its environment without CAP_SYS_PTRACE.
    const environment = readUnlessDenied(`/proc/${pid}/environ`) ?? 'LANG=';
    expect(environment).toContain('LANG=');
    expect(environment).not.toContain('sk-very-secret');
    service.answer();
    await result;
  });

  it('that is killed is a failed measurement with its reason, and the next one runs', async () => {
    const service = await patient();
    const perform = serviceProcess(20_000);
    const killed = perform(job(service.url), never);
    const failure = expect(killed).rejects.toThrow(/^the process that asks http:\S+ was killed by SIGKILL: /);
    await service.asked();
    for (const pid of running()) process.kill(pid, 'SIGKILL');
    await failure;
    expect(await codeOf(killed)).toBe('process_failed');
    const next = await serve((_request, response) => response.end('{"scores":{"overall":0.5}}'));
    expect(await perform(job(next), never)).toEqual({ scores: { overall: 0.5 } });
  });

  it('that does not end is killed with all processes that it started, but not before the time of its questions is over', async () => {
    const mark = `left-by-${process.pid}-${Math.random()}`;
    const lives = () => processesMarked(mark).length > 0;
    const clock = new FakeClock();
    const program = inShell(`sh -c 'while :; do sleep 1; done' ${mark} & wait`);
    const result = serviceProcess(20_000, { timers: clock, program })(job('http://127.0.0.1:9'), never);
    let code: unknown;
    void codeOf(result).then((came) => {
      code = came;
    });
    await waitUntil('what it started', lives);
    await clock.advance(20_000 + GRACE_MS - 1);
    expect(lives()).toBe(true);
    expect(code).toBeUndefined();
    await clock.advance(1);
    await waitUntil('the failure', () => code !== undefined);
    expect(code).toBe('timeout');
    await waitUntil('the end of what it started', () => !lives());
  });

  it.each([
    ['no JSON', 'echo fine', 'process_failed', /did not reply in JSON/],
    ['nothing', 'true', 'process_failed', /did not reply in JSON/],
    ['without end', 'yes', 'too_large', /prints more than 131072 bytes/],
    ['another form', `echo '{"scores":{"overall":1}}'`, 'process_failed', /another form/],
    ['a score above 1', `echo '{"result":{"scores":{"overall":2}}}'`, 'process_failed', /another form/],
    ['an unknown code', `echo '{"failure":{"code":"x","message":""}}'`, 'process_failed', /another form/],
    ['and fails', `echo '{"result":{"scores":{"overall":1}}}'; exit 3`, 'process_failed', /ended with 3: it/],
    [
      'control characters',
      `printf %s '{"failure":{"code":"malformed","message":"a\\u001b[2J\\nb"}}'`,
      'malformed',
      /^a\\u\{1b\}\[2J\\u\{a\}b$/,
    ],
  ])('that prints %s is a failed measurement', async (_what, script, code, message) => {
    const result = serviceProcess(20_000, { program: inShell(script) })(job('http://127.0.0.1:9'), never);
    await expect(result).rejects.toThrow(message);
    expect(await codeOf(result)).toBe(code);
  });

  it('that cannot be started is a failed measurement', async () => {
    const perform = serviceProcess(20_000, { program: ['/no/such/program'] });
    expect(await codeOf(perform(job('http://127.0.0.1:9'), never))).toBe('process_failed');
  });

  it.runIf(isRoot).each([
    [
      'lacks the right to become another user',
      '--bounding-set=-all',
      /cannot become user 65534:65534 .*CAP_SETUID/,
    ],
    ['has a capability left', '--inh-caps=+net_raw', /was not to have capabilities \(CapInh\)/],
  ])('that %s sends no request', async (_what, option, message) => {
    let asked = false;
    const url = await serve((_request, response) => {
      asked = true;
      response.end();
    });
    const program = ['/usr/bin/setpriv', option, '--', ...measuringProgram()];
    const result = serviceProcess(20_000, { program, runAs: nobody })(job(url), never);
    await expect(result).rejects.toThrow(message);
    expect(await codeOf(result)).toBe('unavailable');
    expect(asked).toBe(false);
  });

  it('keeps the agent’s user if there is no other, without capabilities, and the log says so', async () => {
    const warnings: unknown[] = [];
    const service = await patient();
    const logger = { warn: (line: unknown) => void warnings.push(line) };
    const perform = serviceProcess(20_000, { runAs: undefined, logger });
    expect(warnings).toEqual([expect.stringMatching(/runs as the agent's own user/)]);
    const result = perform(job(service.url), never);
    await service.asked();
    const status = readFileSync(`/proc/${running()[0]}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\t${process.geteuid?.()}\t`, 'm'));
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    service.answer();
    await result;
  });

  it('is ended with the agent', async () => {
    const service = await patient();
    const stop = new AbortController();
    const result = codeOf(serviceProcess(20_000)(job(service.url), stop.signal));
    await service.asked();
    stop.abort();
    expect(await result).toBe('timeout');
    await waitUntil('its end', () => running().length === 0);
  });
});

it.runIf(isRoot)('an agent that may not kill its command does not wait for the command’s end', () => {
  const mark = `left-by-${process.pid}-${Math.random()}`;
  onTestFinished(() => {
    for (const pid of processesMarked(mark)) process.kill(pid, 'SIGKILL');
  });
  const agent = join(import.meta.dirname, '../programs/powerless-agent.ts');
  const args = ['--bounding-set=-kill', '--', process.execPath, '--conditions=@mesh/source', agent, mark];
  const said = execFileSync('setpriv', args, { encoding: 'utf8', timeout: 20_000 });
  expect(said).toBe(
    'the command took longer than 0.1 s, and may not be ended by the agent: give that CAP_KILL',
  );
});
