// Webhooks of a running controller: real servers are told of cuts and the like.

import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Alerts } from '../../src/alerts/alerts.ts';
import { AlertRows } from '../../src/store/alert-rows.ts';
import { CertificateAuthority, createAuthority } from '../../src/trust/certificate-authority.ts';
import { type ConfigInput, startTestController, until } from '../support/index.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';
import { type Received, WebhookSink } from '../support/webhook-sink.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-alerts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function secretFile(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

type Webhook = NonNullable<NonNullable<ConfigInput['alerts']>['webhooks']>[number];

const jsonHook = (sink: WebhookSink, more: Partial<Webhook> = {}): Webhook => ({
  name: 'ops',
  url: sink.url,
  secret_file: secretFile(`${more.name ?? 'ops'}.secret`, SECRET),
  insecure_http: true,
  ...more,
});

const signatureOf = ({ headers, body }: Received): string =>
  `v1,${createHmac('sha256', KEY).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`;

const logOf = ({ controller }: RunningMesh): string => controller.logLines.join('\n');

it('a cut reaches a receiver with a certificate of its own CA, signed, and names node, reason and entry', async () => {
  const { certificatePem, privateKeyPkcs8 } = await createAuthority('elsewhere', Date.now());
  const authority = await CertificateAuthority.open(certificatePem, privateKeyPkcs8);
  const issued = await authority.issueServer(['127.0.0.1'], Date.now(), 3_600_000);
  await using sink = await WebhookSink.open({ key: issued.keyPem, cert: issued.pem });
  const untrusting: Webhook = {
    ...jsonHook(sink),
    url: `https://127.0.0.1:${sink.port}/private-path?key=1`,
    insecure_http: false,
    events: ['cut'],
  };
  const hook: Webhook = { ...untrusting, ca_file: secretFile('ca.pem', certificatePem) };
  await using mesh = await runningMesh(['node-a'], {
    alerts: { webhooks: [hook, { ...untrusting, name: 'no-ca' }] },
  });
  await mesh.node('node-a').submit(0.1);
  await until('the cut', () => sink.received.length === 1);
  const [received] = sink.received as [Received];
  const { type, timestamp, data } = JSON.parse(received.body) as Record<string, unknown>;
  expect([type, timestamp]).toEqual(['cut', expect.stringMatching(/^\d{4}-.*Z$/)]);
  expect(data).toMatchObject({
    mesh_id: 'testmesh',
    status: 'event',
    node_id: 'node-a',
    summary: expect.stringContaining('node-a was cut: '),
    entry: { type: 'node_denied', data: { reason_code: 'below_threshold' } },
    dropped: 0,
  });
  // No score leaves the controller.
  expect(received.body).not.toMatch(/score|0\.1\b/);
  expect(received.headers['webhook-id']).toMatch(/^entry_\d+_[0-9a-f]{16}$/);
  expect(received.headers['webhook-signature']).toBe(signatureOf(received));
  // Whose CA is not known is told of nothing.
  await until('the other to fail', async () => (await statusOf(mesh, 'no-ca')).failures > 0);
  const failing = (await statusOf(mesh, 'no-ca')).failing?.why;
  expect(failing).toContain(`the certificate of 127.0.0.1:${sink.port} is not trusted`);
  const shown = JSON.stringify(await mesh.controller.admin.alertReceivers());
  for (const text of [logOf(mesh), shown]) {
    expect(text).not.toContain('private-path');
    expect(text).not.toContain(KEY.toString('base64'));
  }
});

const statusOf = async ({ controller }: RunningMesh, name: string) => {
  const found = (await controller.admin.alertReceivers()).receivers.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};

it('a receiver that does not answer delays neither a decision nor another receiver, and gets all of it later', async () => {
  await using slow = await WebhookSink.open();
  await using quick = await WebhookSink.open();
  const events: Webhook['events'] = ['cut', 'admission'];
  await using mesh = await runningMesh(['node-a', 'node-b'], {
    alerts: {
      webhooks: [jsonHook(slow, { name: 'slow', events }), jsonHook(quick, { name: 'quick', events })],
    },
  });
  await until('both admissions', () => quick.events.length === 2 && slow.events.length === 2);
  await until('the answers', async () => (await statusOf(mesh, 'slow')).delivered === 2);
  slow.answer = 'silent';
  await mesh.node('node-a').submit(0.1);
  await mesh.node('node-b').submit(0.1);
  await until('both cuts', () => quick.events.length === 4);
  await until('the first cut', () => slow.events.length === 3);
  expect(await statusOf(mesh, 'slow')).toMatchObject({ pending: 2, delivered: 2 });
  await mesh.clock.advance(10_000);
  await until('the failure', async () => (await statusOf(mesh, 'slow')).failures === 1);
  const health = await mesh.controller.admin.health();
  expect(health.alerts).toMatchObject({
    receivers: 2,
    pending: 2,
    failing: [{ name: 'slow', why: 'no end within 10 s' }],
  });
  slow.answer = { status: 200 };
  await mesh.clock.advance(1_000);
  await until('the rest', async () => (await statusOf(mesh, 'slow')).delivered === 4);
  expect(slow.events).toEqual(['admission', 'admission', 'cut', 'cut', 'cut']);
  // The same id at each try, so that a receiver can tell.
  const ids = slow.received.map(({ headers }) => headers['webhook-id']);
  expect([ids[2], new Set(ids).size]).toEqual([ids[3], 4]);
  const page = await mesh.controller.running.services.metrics.text();
  expect(page).toContain('mesh_alerts_total{receiver="slow",outcome="failed"} 1');
});

it('what was not delivered is on disk: whoever opens it next delivers it, in order, and nothing before it', async () => {
  await using sink = await WebhookSink.open();
  await using mesh = await runningMesh(['node-a', 'node-b'], { alerts: { webhooks: [jsonHook(sink)] } });
  await until('both admissions', () => sink.events.length === 2);
  sink.answer = { status: 503 };
  await mesh.node('node-a').submit(0.1);
  await until('the cut', () => sink.events.length === 3);
  mesh.controller.running.services.flood.count('tls_handshake', '192.0.2.1');
  for (let count = 1; count < 500; count += 1)
    mesh.controller.running.services.flood.count('tls_handshake', '192.0.2.1');
  // A flood is found in a window of five seconds, and by the look after it.
  await mesh.clock.advance(10_000);
  await mesh.node('node-b').submit(0.1);
  // As a process that was killed leaves it: nothing of this controller's memory is used.
  const told: string[] = [];
  const { db } = mesh.controller;
  const clock = new FakeClock({ nowMs: mesh.clock.nowMs() });
  const next = new Alerts({
    receivers: [
      {
        name: 'ops',
        kind: 'webhook',
        target: '',
        events: ['cut', 'admission', 'flood'],
        timeoutMs: 1_000,
        deliver: async ({ event, status, nodeId }) => {
          told.push(`${event} ${nodeId ?? status}`);
          return { kind: 'delivered', answer: '' };
        },
      },
    ],
    rows: new AlertRows(db),
    logSize: () => mesh.controller.running.services.journal.head().size,
    goingOn: () => [],
    newId: () => '00',
    clock,
    timers: clock,
    random: () => 0,
    logger: createLogger({ level: 'silent' }),
  });
  next.start();
  await until('what was missing', () => told.length >= 3);
  expect(told).toEqual(['cut node-a', 'flood firing', 'cut node-b']);
  // What was not on when it looked is over.
  await clock.advance(5_000);
  await until('the end of the flood', () => told.length === 4);
  expect(told.at(-1)).toBe('flood resolved');
  next.close();
});

it('a restart goes on where it was, and tells of nothing twice', async () => {
  await using sink = await WebhookSink.open();
  await using mesh = await runningMesh(['node-a'], { alerts: { webhooks: [jsonHook(sink)] } });
  await until('the admission', () => sink.events.length === 1);
  sink.answer = { status: 503 };
  await mesh.node('node-a').submit(0.1);
  await until('the cut', () => sink.events.length === 2);
  await mesh.controller.stop();
  sink.answer = { status: 200 };
  await mesh.controller.start();
  await until('the cut again', () => sink.events.length === 3);
  expect(sink.events).toEqual(['admission', 'cut', 'cut']);
  await mesh.clock.advance(6_000);
  await mesh.controller.restart();
  await mesh.clock.advance(6_000);
  expect(sink.events).toHaveLength(3);
});

it('a database that takes no writes is told of while it takes none, and when it takes them again', async () => {
  await using sink = await WebhookSink.open();
  await using mesh = await runningMesh(['node-a'], {
    alerts: { webhooks: [jsonHook(sink, { events: ['storage'] })] },
  });
  const { controller, clock } = mesh;
  controller.failWrites(true);
  await expect(mesh.node('node-a').submit(0.9)).rejects.toThrow();
  await clock.advance(5_000);
  await until('the beginning', () => sink.received.length === 1);
  controller.failWrites(false);
  await until('a write', async () => {
    await mesh
      .node('node-a')
      .submit(0.9)
      .catch(() => undefined);
    return !controller.running.services.journal.failing;
  });
  await clock.advance(5_000);
  await until('the end', () => sink.received.length === 2);
  const statuses = sink.received.map(
    ({ body }) => (JSON.parse(body) as { data: { status: string } }).data.status,
  );
  expect(statuses).toEqual(['firing', 'resolved']);
});

describe('meshctl alerts test', () => {
  it('says what each receiver answers, follows no redirect and logs no secret', async () => {
    await using sink = await WebhookSink.open();
    await using elsewhere = await WebhookSink.open();
    const slack: Webhook = {
      name: 'chat',
      url_file: secretFile('chat.url', `http://127.0.0.1:${sink.port}/services/T0/B0/secret\n`),
      template: 'slack',
      insecure_http: true,
    };
    await using controller = await startTestController({
      config: {
        alerts: {
          webhooks: [jsonHook(sink), slack, { ...slack, name: 'am', template: 'alertmanager' }],
          commands: [{ name: 'page', run: ['/bin/false'] }],
        },
      },
    });
    expect(await controller.admin.testAlerts()).toEqual({
      results: [
        { name: 'ops', delivered: true, answer: 'HTTP 204' },
        { name: 'chat', delivered: true, answer: 'HTTP 204' },
        { name: 'am', delivered: true, answer: 'HTTP 204' },
        { name: 'page', delivered: false, answer: 'exit code 1' },
      ],
    });
    const bodies = sink.received.map(({ body }) => JSON.parse(body) as unknown);
    expect(bodies).toContainEqual(expect.objectContaining({ type: 'test' }));
    expect(bodies).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('a test of this receiver') }),
    );
    sink.answer = { status: 307, headers: { location: elsewhere.url } };
    const { results } = await controller.admin.testAlerts({ name: 'chat' });
    expect(results).toEqual([
      {
        name: 'chat',
        delivered: false,
        answer: expect.stringContaining('HTTP 307: redirects are not followed'),
      },
    ]);
    expect(elsewhere.received).toEqual([]);
    await expect(controller.admin.testAlerts({ name: 'nobody' })).rejects.toThrow('meshctl alerts list');
    // A new secret counts at once.
    sink.answer = { status: 204 };
    const other = Buffer.alloc(32, 8);
    secretFile('ops.secret', `whsec_${other.toString('base64')}`);
    await controller.admin.testAlerts({ name: 'ops' });
    const last = sink.received.at(-1) as Received;
    expect(last.headers['webhook-signature']).not.toBe(signatureOf(last));
    expect(
      `${controller.logLines.join()}${JSON.stringify(await controller.admin.alertReceivers())}`,
    ).not.toMatch(/T0\/B0|BwcHBwcH/);
  });
});

describe('the controller does not start, and says why, with', () => {
  it.each([
    ['a secret that others may read', SECRET, 0o644, 'chmod 600'],
    ['what is no secret', 'hunter2', 0o600, 'openssl rand -base64 32'],
  ])('%s', async (_, text, mode, part) => {
    await using sink = await WebhookSink.open();
    const path = join(folder, 'a.secret');
    writeFileSync(path, text, { mode });
    const start = startTestController({
      config: { alerts: { webhooks: [{ ...jsonHook(sink), secret_file: path }] } },
    });
    await expect(start).rejects.toThrow(part);
    await expect(start).rejects.not.toThrow('hunter2');
  });
});
