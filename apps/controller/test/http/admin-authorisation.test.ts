// The table of authorisation: every route of the administration with every role, and the table in the docs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AdminEnv, type CallerRole, ranks } from '../../src/http/gate/admin-caller.ts';
import { createAdminApp } from '../../src/http/listeners/admin-app.ts';
import { type AdminRoute, adminRoutes } from '../../src/http/listeners/admin-routes.ts';
import { enrolTestNode, startTestController, type TestController } from '../support/index.ts';
import { stateOf } from '../support/requests.ts';

let controller: TestController;
let keyId = '';
beforeAll(async () => {
  controller = await startTestController();
  keyId = (await controller.admin.createKey({ name: 'a test', role: 'viewer' })).key_id;
  (await enrolTestNode(controller, 'node-a')).close();
});
/** One of the routes deletes the node. */
beforeEach(async () => {
  if (controller.running.services.view.node('node-a') !== undefined) return;
  const keySeed = `keys of ${controller.running.services.journal.head().size}`;
  (await enrolTestNode(controller, 'node-a', { keySeed })).close();
});
afterAll(() => controller.close());

const PROTOCOL = join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'protocol.md');

/** The app behind a door that takes everybody for a caller of this role. */
function appFor(role: CallerRole, table = adminRoutes, of = controller): Hono<AdminEnv> {
  const caller = { actor: { kind: 'key', id: 'k' }, role, expiresAtMs: undefined } as const;
  return createAdminApp(
    of.running.services,
    {
      identify: (context, next) => {
        context.set('caller', caller);
        return next();
      },
      toPath: (path) => path,
    },
    table,
  );
}

/** Asks with a body that the routes with a reason accept; the others refuse it or do not read it. */
function ask(app: Hono<AdminEnv>, { method, path }: Pick<AdminRoute, 'method' | 'path'>) {
  const target = path
    .replace(':node_id', 'node-a')
    .replace(':key_id', keyId)
    .replace(/:[a-z_]+/, 'x');
  const body = JSON.stringify({ reason: 'a test' });
  return app.request(
    target,
    method === 'GET' ? { method } : { method, headers: { 'content-type': 'application/json' }, body },
  );
}

const cases = adminRoutes.flatMap((route) =>
  ranks.map((role) => ({ name: `${route.method} ${route.path}`, role, route })),
);
const isEnough = ({ role, route }: (typeof cases)[number]) =>
  ranks.indexOf(role) >= ranks.indexOf(route.least);

describe('a role below the one in the table', () => {
  it.each(cases.filter((each) => !isEnough(each)))('$role: $name is refused', async ({ role, route }) => {
    const before = stateOf(controller);
    const answer = await ask(appFor(role), route);
    expect([answer.status, await answer.json()]).toMatchObject([
      403,
      { code: 'forbidden', role, least_role: route.least },
    ]);
    expect(stateOf(controller)).toEqual(before);
  });
});

describe('a role from the one in the table on', () => {
  it.each(cases.filter(isEnough))('$role: $name is let through', async ({ role, route }) => {
    const answer = await ask(appFor(role), route);
    expect([401, 403, 405, 500]).not.toContain(answer.status);
    // A route may know nothing of what the path names, but there is one.
    if (answer.status === 404) expect(await answer.text()).not.toContain('no such path');
  });
});

describe('the table', () => {
  it('is what keeps a viewer from cutting a node: with another row, the viewer does it', async () => {
    await using other = await startTestController();
    (await enrolTestNode(other, 'node-a')).close();
    const quarantine = { method: 'POST', path: '/v1/nodes/:node_id/quarantine' } as const;
    expect((await ask(appFor('viewer', adminRoutes, other), quarantine)).status).toBe(403);
    expect(other.running.services.view.node('node-a')?.status).toBe('active');
    const open = adminRoutes.map((route) => ({ ...route, least: 'viewer' as const }));
    expect((await ask(appFor('viewer', open, other), quarantine)).status).toBe(200);
    expect(other.running.services.view.node('node-a')?.status).toBe('quarantined');
  });

  it('has a row for each route, or the controller does not start', () => {
    const without = adminRoutes.map(({ least: _least, ...route }) => route) as unknown as AdminRoute[];
    expect(() => appFor('root', without)).toThrow('no least role');
  });

  it('is the one in docs/protocol.md', () => {
    const rows = readFileSync(PROTOCOL, 'utf8').matchAll(
      /^\| `(GET|POST) (\S+)` +\| (viewer|officer-proposer|operator|root) +\|$/gm,
    );
    const documented = [...rows].map(([, method, path, least]) => `${method} ${path} ${least}`);
    expect(documented.sort()).toEqual(
      adminRoutes.map(({ method, path, least }) => `${method} ${path} ${least}`).sort(),
    );
  });
});

describe('a request that is no route', () => {
  it.each([
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['POST', '/v1/log/entries', 405, 'method_not_allowed'],
  ])('%s %s gets a problem', async (method, path, status, code) => {
    const answer = await appFor('viewer').request(path, { method });
    expect([answer.status, await answer.json()]).toMatchObject([status, { code }]);
  });
});
