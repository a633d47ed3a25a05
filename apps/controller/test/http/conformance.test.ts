// The OpenAPI document is what the controller does: a whole run of a mesh, in which everything is asked for
// well and badly, and every answer is compared with what the document says of its operation.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { allOperations, type NamedOperation, type OpenIdSignIn, problem } from '@mesh/protocol';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { adminRoutes } from '../../src/http/listeners/admin-routes.ts';
import { memberRoutes } from '../../src/http/listeners/member-routes.ts';
import { publicRoutes } from '../../src/http/listeners/public-app.ts';
import { meshesOfActions } from '../support/admin-actions.ts';
import { askBadly, readAgain, readEverything } from '../support/conformance/ask-everything.ts';
import { faultOf, operationAt } from '../support/conformance/judge-answer.ts';
import { type RecordedAnswer, type Recording, recordAnswers } from '../support/conformance/record-answers.ts';
import { OWN_PAGE, signIn, smallDashboard, visitor } from '../support/dashboard.ts';
import { eventfulRun } from '../support/eventful-run.ts';
import { findForms } from '../support/fuzz/message-forms.ts';
import { keysFrom, startTestController } from '../support/index.ts';
import { rotation } from '../support/key-rotation.ts';
import { networkAdmin } from '../support/network-admin.ts';
import { PUBLIC_CLIENT_ID, startOpenIdProvider } from '../support/open-id-provider.ts';
import { runningMesh } from '../support/running-mesh.ts';

let recording: Recording;
const answers: { readonly answer: RecordedAnswer; readonly named: NamedOperation }[] = [];

function keep(recorded: readonly RecordedAnswer[]): void {
  for (const answer of recorded) {
    const named = operationAt(answer);
    if (named !== undefined) answers.push({ answer, named });
  }
}

beforeAll(async () => {
  const forms = await findForms();
  recording = recordAnswers();
  const { mesh } = await eventfulRun(forms);
  await using _ = mesh;
  await readEverything(mesh);
  await readAgain(mesh);
  await askBadly(mesh);
  const node = mesh.nodes['node-a'];
  const wireguard = { a: keysFrom('another key') };
  await node.client.rotateKeys(await rotation(node, { wireguard, mayInterrupt: true }));
  keep(recording.take(mesh.controller));
});
afterAll(() => recording?.stop());

it.each(meshesOfActions)('the operators act where $where decides', async ({ actions, names, settings }) => {
  await using mesh = await runningMesh(names, settings as object);
  const { key } = await mesh.controller.admin.createKey({ name: 'alice', role: 'operator' });
  for (const { prepare, act } of actions) {
    await prepare?.(mesh);
    await act({ mesh, admin: networkAdmin(mesh.controller, { key }) });
    keep(recording.take(mesh.controller));
  }
});

it('somebody signs in to the dashboard, and receivers of alerts are tried', async () => {
  const receiver = { name: 'hook', run: [process.execPath, '--version'] };
  await using provider = await startOpenIdProvider();
  const caFile = join(mkdtempSync(join(tmpdir(), 'mesh-provider-')), 'ca.pem');
  onTestFinished(() => rmSync(dirname(caFile), { recursive: true, force: true }));
  writeFileSync(caFile, provider.ca);
  const client = { issuer: provider.issuer, client_id: PUBLIC_CLIENT_ID, ca_file: caFile };
  const oidc = { ...client, scopes: ['groups'], roles: { 'mesh-viewers': 'viewer' as const } };
  await using controller = await startTestController({
    dashboardFolder: smallDashboard(),
    config: { alerts: { commands: [receiver] }, dashboard: { oidc } },
  });
  provider.redirectUris.add(`${controller.publicUrl}/dashboard/`);
  const { key } = await controller.admin.createKey({ name: 'alice', role: 'viewer' });
  const cookie = await signIn(controller, key);
  const ask = visitor(controller);
  expect((await ask('/dashboard/no-such-file')).status).toBe(404);
  expect((await ask('/dashboard/session', { headers: { cookie, ...OWN_PAGE } })).status).toBe(200);
  const begun = await ask('/dashboard/openid', { method: 'POST', headers: OWN_PAGE, body: {} });
  const { url } = (await begun.json()) as OpenIdSignIn;
  const ticket = (begun.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const finish = async () => {
    const answer = (await provider.signIn(url, 'victor')).search.slice(1);
    const headers = { ...OWN_PAGE, cookie: ticket };
    return (await ask('/dashboard/openid/finish', { method: 'POST', headers, body: { answer } })).status;
  };
  expect([await finish(), await finish()]).toEqual([200, 403]);
  const end = { method: 'POST', headers: { cookie, ...OWN_PAGE }, body: {} } as const;
  expect((await ask('/dashboard/session/end', end)).status).toBe(200);
  expect((await controller.admin.testAlerts()).results).toMatchObject([{ name: 'hook', delivered: true }]);
  keep(recording.take(controller));
});

it('every answer is as the document says', () => {
  const faults = answers.flatMap(({ answer, named }) => {
    const fault = faultOf(answer, named);
    return fault === undefined ? [] : [`${named.id}: ${answer.status}: ${fault}`];
  });
  expect([...new Set(faults)]).toEqual([]);
  expect(answers.length).toBeGreaterThan(500);
});

const idsWith = (which: (status: number) => boolean): Set<string> =>
  new Set(answers.filter(({ answer }) => which(answer.status)).map(({ named }) => named.id));

it('every operation was answered', () => {
  const done = idsWith((status) => status === 200);
  expect(allOperations.map(({ id }) => id).filter((id) => !done.has(id))).toEqual([]);
});

it('every operation that can be asked badly was refused', () => {
  const refused = idsWith((status) => status >= 400);
  const canBeRefused = allOperations.filter(
    ({ door, operation: { body, bodyIsOptional, path, query } }) =>
      door === 'administration' ||
      (body !== undefined && bodyIsOptional !== true) ||
      query !== undefined ||
      /[:*]/.test(path),
  );
  expect(canBeRefused.map(({ id }) => id).filter((id) => !refused.has(id))).toEqual([]);
});

it('every operation with a tag was answered with nothing new', () => {
  const unchanged = idsWith((status) => status === 304);
  const tagged = allOperations.filter(
    ({ door, operation }) => door === 'administration' && operation.notModified === 'etag',
  );
  expect(tagged.map(({ id }) => id).filter((id) => !unchanged.has(id))).toEqual([]);
});

it('every route is an operation, and every operation a route', () => {
  const tables = { public: publicRoutes, nodes: memberRoutes, administration: adminRoutes } as const;
  const served = Object.entries(tables).flatMap(([door, table]) =>
    table.map(({ method, path }) => `${door}: ${method} ${path}`),
  );
  const listed = allOperations.map(({ door, operation }) => `${door}: ${operation.method} ${operation.path}`);
  expect(served.sort()).toEqual(listed.sort());
});

it('an answer with another field, status, type or code is found', () => {
  const good = answers.find(({ named, answer }) => named.id === 'adminNodes' && answer.status === 200);
  if (good === undefined) throw new Error('no list of nodes was read');
  const { answer, named } = good;
  expect(faultOf(answer, named)).toBeUndefined();
  const body = JSON.parse(answer.body.toString('utf8')) as { nodes: object[] };
  const changed = (over: object) => Buffer.from(JSON.stringify({ ...body, ...over }));
  expect(faultOf({ ...answer, body: changed({ more: 1 }) }, named)).toContain('additional properties');
  expect(faultOf({ ...answer, body: changed({ nodes: [{}] }) }, named)).toContain('required');
  expect(faultOf({ ...answer, status: 418 }, named)).toContain('status 418');
  expect(faultOf({ ...answer, headers: { 'content-type': 'text/html' } }, named)).toContain('text/html');
  expect(faultOf({ ...answer, headers: { 'content-type': 'application/json' } }, named)).toContain('header');
  const refusal = Buffer.from(JSON.stringify(problem('token_invalid', 'of another operation')));
  const headers = { 'content-type': 'application/problem+json' };
  expect(faultOf({ ...answer, status: 403, headers, body: refusal }, named)).toContain('token_invalid');
});
