// The checks of `mesh-agent doctor` that are about the controller, with real TLS.

import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { problem } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tryController } from '../../src/compose/doctor-contact.ts';
import { checkAgent } from '../../src/doctor/check-agent.ts';
import { checkClock } from '../../src/doctor/check-clock.ts';
import { checkController } from '../../src/doctor/check-controller.ts';
import { checkEnrolment } from '../../src/doctor/check-enrolment.ts';
import { checkToken, readTokenPins } from '../../src/doctor/check-token.ts';
import type { Contact } from '../../src/doctor/contact-controller.ts';
import { contactController } from '../../src/doctor/contact-controller.ts';
import { AgentError } from '../../src/errors/agent-error.ts';
import { writeEnrolment } from '../../src/identity/enrolment-file.ts';
import { stateDirAt } from '../../src/identity/state-dir.ts';
import {
  enrolledMember,
  enrolPorts,
  startController,
  temporaryDirectory,
} from '../support/agent-fixtures.ts';
import { refusal } from '../support/fake-answers.ts';
import { TestAuthority } from '../support/test-authority.ts';

const OTHER_PIN = new Uint8Array(32).fill(7);
const DAY_MS = 86_400_000;
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

describe('the enrolment', () => {
  it('is fine while its certificate is valid, and not before or after', async () => {
    const { dir, enrolment } = await enrolledMember(await startController());
    await writeEnrolment(dir.enrolment, enrolment);
    const nowMs = Date.now();
    expect(await checkEnrolment(dir, nowMs)).toMatchObject({
      outcome: 'ok',
      message: expect.stringMatching(/^self of test-mesh/),
    });
    expect(await checkEnrolment(dir, nowMs - DAY_MS)).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/set its clock right/),
    });
    expect(await checkEnrolment(dir, nowMs + 2 * DAY_MS)).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/enrol again/),
    });
  });

  it('that is missing is reported with the command that makes it', async () => {
    const dir = stateDirAt(join(temporaryDirectory(), 'none'));
    await expect(checkEnrolment(dir, Date.now())).rejects.toThrow(/run mesh-agent enrol/);
  });
});

describe('the token', () => {
  async function tokenFile(text: string, mode = 0o600): Promise<string> {
    const path = join(temporaryDirectory(), 'token');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }
  const read = (path: string) => readTokenPins(path, Readable.from([]));

  it('is fine if it is private and whole, and its secret is not shown', async () => {
    const controller = await startController();
    const text = controller.joinToken();
    const { outcome, message } = checkToken(await read(await tokenFile(`${text}\n`)), false);
    expect(outcome).toBe('ok');
    expect(message).not.toContain(text.split('.')[2]);
    expect(message).toContain(text.split('.')[3]);
  });

  it('is reported if others may read it, if it is cut short, and if it is missing', async () => {
    const text = (await startController()).joinToken();
    await expect(read(await tokenFile(text, 0o644))).rejects.toThrow(/chmod 600/);
    await expect(read(await tokenFile(text.slice(0, 40)))).rejects.toThrow(/join token/);
    await expect(read('/no/such/token')).rejects.toThrow(/does not exist/);
  });

  it('is not needed by an enrolled node', () => {
    expect(checkToken(undefined, true)).toMatchObject({
      outcome: 'skipped',
      message: expect.stringMatching(/needs none/),
    });
    expect(checkToken(undefined, false).message).toMatch(/--token-file/);
  });
});

describe('the controller', () => {
  const epoch = {
    epoch_id: 1,
    expiry_utc: '2030-01-01T00:00:00Z',
    secret_hash: 'x',
    server_time_ms: 1,
    nodes: {},
  };

  it('is fine if it answers over mutual TLS, also while it is not ready', async () => {
    const controller = await startController();
    const { dir: _dir, ...member } = await enrolledMember(controller);
    controller.onNodeRequest = () => ({ status: 200, body: epoch });
    const contact = await tryController(member, undefined, []);
    expect(checkController(contact)).toMatchObject({ outcome: 'ok' });
    expect(checkClock(contact)).toMatchObject({ outcome: 'ok' });
    controller.onNodeRequest = () => refusal(problem('not_ready', 'soon'), { 'retry-after': '1' });
    expect(checkController(await tryController(member, undefined, [])).outcome).toBe('ok');
  });

  it('that refuses this node is reported with its reason', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    controller.onNodeRequest = () => refusal(problem('node_revoked', 'it was revoked'));
    expect(checkController(await tryController(member, undefined, []))).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/it was revoked \(node_revoked\)/),
    });
  });

  it('that is gone, or another one with the same address, is reported', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const other = await startController();
    const elsewhere = { ...member, enrolment: { ...member.enrolment, nodes_url: other.nodesUrl } };
    expect(checkController(await tryController(elsewhere, undefined, [])).message).toMatch(
      /another CA issued it/,
    );
    await controller.pause();
    expect(checkController(await tryController(member, undefined, [])).message).toMatch(
      /nothing listens there/,
    );
    await controller.resume();
  });

  it('is known by its pin before enrolment, and by no other', async () => {
    const controller = await startController();
    const pin = controller.joinToken().split('.')[3] ?? '';
    const wrong = await tryController(undefined, controller.publicUrl, [base64url(OTHER_PIN)]);
    expect(checkController(wrong)).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/does not show the CA that the join token pins/),
    });
    // The fake has no /health: TLS and pin are right, and the answer is not.
    const right = await tryController(undefined, controller.publicUrl, [pin]);
    expect(checkController(right).message).toMatch(/not_found/);
    const http = await tryController(undefined, 'http://127.0.0.1:1', [pin]);
    expect(checkController(http).message).toMatch(/speaks TLS/);
    expect(checkController(await tryController(undefined, undefined, []))).toMatchObject({
      outcome: 'skipped',
    });
  });

  it('that takes connections and says nothing is reported when the time is over', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const { pem } = await TestAuthority.create();
    const connection = enrolPorts.connect(pem);
    onTestFinished(connection.close);
    const contact = await contactController(
      connection.fetch,
      (fetch, signal) => fetch(`https://127.0.0.1:${port}`, { method: 'GET', signal }),
      '',
      { clock: { nowMs: () => 0 }, timeoutMs: 50 },
    );
    expect(checkController(contact).message).toMatch(/no answer within 0.05 s.*firewalls/);
  });
});

describe('the clock', () => {
  const seen = (aheadMs: number): Contact => ({
    kind: 'answered',
    message: '',
    serverDateMs: 1_000_000,
    askedAtMs: 1_000_500 + aheadMs,
  });

  it.each([
    [0, 'ok', /agree/],
    [2_000, 'ok', /agree/],
    [-2_000, 'ok', /agree/],
    [2_001, 'warning', /2 s ahead of.*timedatectl/],
    [-200_000, 'warning', /200 s behind/],
    [300_000, 'failed', /300 s ahead of/],
    [-300_000, 'failed', /300 s behind.*timedatectl/],
  ] as const)('that is %i ms ahead is %s', (aheadMs, outcome, message) => {
    const finding = checkClock(seen(aheadMs));
    expect(finding.outcome).toBe(outcome);
    expect(finding.message).toMatch(message);
  });

  it('is at fault if the controller’s certificate is not valid now', async () => {
    const controller = await startController({ beginsInMs: -2 * DAY_MS, endsInMs: -DAY_MS });
    const pin = controller.joinToken().split('.')[3] ?? '';
    const contact = await tryController(undefined, controller.publicUrl, [pin]);
    expect(checkController(contact).outcome).toBe('failed');
    expect(checkClock(contact)).toMatchObject({
      outcome: 'failed',
      message: expect.stringMatching(/timedatectl/),
    });
  });

  it('is not judged without an answer', () => {
    expect(checkClock({ kind: 'none', message: '' }).outcome).toBe('skipped');
    expect(checkClock({ kind: 'failed', cause: 'connection', message: '' }).outcome).toBe('skipped');
  });
});

describe('the agent', () => {
  const since = '2026-01-01T00:00:00Z';
  const well = {
    tunnel_failure: null,
    measurement_failure: null,
    other_instance: null,
    pid: 7,
    node_id: 'a',
  };
  const check = (changes: object) => checkAgent(async () => ({ ...well, ...changes }) as never);

  it('is fine if it runs without troubles, and skipped if it does not run', async () => {
    expect(await check({})).toMatchObject({ outcome: 'ok' });
    const gone = checkAgent(() => Promise.reject(new AgentError('not_running', 'no agent')));
    expect(await gone).toMatchObject({ outcome: 'skipped' });
    const closed = checkAgent(() => Promise.reject(new AgentError('usage', 'no permission')));
    await expect(closed).rejects.toThrow(/no permission/);
  });

  it.each([
    ['a failing tunnel', { tunnel_failure: { since, code: 'x', message: 'broken' } }, 'failed', /broken/],
    ['a second agent', { other_instance: { role: 'running', instance_id: null } }, 'failed', /second agent/],
    [
      'a failing measurement',
      { measurement_failure: { since, code: 'x', message: 'silent' } },
      'warning',
      /silent/,
    ],
  ] as const)('with %s is reported', async (_, changes, outcome, message) => {
    const finding = await check(changes);
    expect(finding.outcome).toBe(outcome);
    expect(finding.message).toMatch(message);
  });
});
