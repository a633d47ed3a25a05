// The dashboard in a browser, against a real controller: each page, by mouse and by keyboard alone, for each
// role. No page may violate its policy, fail, or ask anybody but its controller.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variants } from '@mesh/host/test-kit';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../apps/controller/test/support/index.ts';
import {
  PUBLIC_CLIENT_ID,
  startOpenIdProvider,
  type TestOpenIdProvider,
} from '../../../apps/controller/test/support/open-id-provider.ts';
import { openPage, type WatchedPage } from '../../lab/browser.ts';
import { AXE, axeFaults } from '../support/axe-faults.ts';
import { type DashboardMesh, startDashboardMesh } from '../support/dashboard-mesh.ts';

let provider: TestOpenIdProvider;
let folder: string;
let mesh: DashboardMesh;
let opened: WatchedPage[] = [];

beforeAll(async () => {
  provider = await startOpenIdProvider();
  folder = mkdtempSync(join(tmpdir(), 'mesh-provider-'));
  writeFileSync(join(folder, 'ca.pem'), provider.ca);
  const oidc = {
    ...{ issuer: provider.issuer, client_id: PUBLIC_CLIENT_ID, ca_file: join(folder, 'ca.pem') },
    ...{ name: 'the company', scopes: ['profile', 'groups'], roles: { 'mesh-viewers': 'viewer' as const } },
  };
  mesh = await startDashboardMesh(['node-a', 'node-b', 'node-c'], {
    dashboard: { idle_minutes: 60, oidc },
  });
  provider.redirectUris.add(mesh.url);
});
afterAll(async () => {
  await mesh.close();
  await provider[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A page whose faults the end of the test looks at. */
async function signedIn(...args: Parameters<DashboardMesh['signedIn']>): Promise<Page> {
  const watched = await mesh.signedIn(...args);
  opened.push(watched);
  return watched.page;
}

afterEach(async () => {
  const faults = opened.flatMap((watched) => watched.faults);
  for (const { context } of opened) await context.close();
  opened = [];
  expect(faults).toEqual([]);
});

describe('signing in', () => {
  it('refuses a wrong key in words, and takes a good one, which stays nowhere in the browser', async () => {
    const { key } = await mesh.controller.admin.createKey({ name: 'alice', role: 'viewer' });
    const watched = await openPage(mesh.browser, mesh.url);
    opened.push(watched);
    const { page, context } = watched;
    await page.getByLabel('API key').fill('mesh_key_wrong');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'no API key that is good' }).waitFor();
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('alice (viewer)').waitFor();
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({
      name: '__Host-mesh-session',
      httpOnly: true,
      secure: true,
      sameSite: 'Strict',
    });
    const kept = await page.evaluate<string>(
      'JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie',
    );
    expect(kept).not.toContain(key.slice(-40));
    expect(page.url()).not.toContain('mesh_key');
    // The page goes on after it is loaded again, until the user signs out.
    await page.reload();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('API key').waitFor();
    expect(await context.cookies()).toEqual([]);
  });

  it('comes back when the key is withdrawn, and shows nothing of the mesh any more', async () => {
    const { key, key_id } = await mesh.controller.admin.createKey({ name: 'bob', role: 'viewer' });
    const watched = await openPage(mesh.browser, mesh.url);
    opened.push(watched);
    await watched.page.getByLabel('API key').fill(key);
    await watched.page.keyboard.press('Enter');
    await watched.page.getByText('bob (viewer)').waitFor();
    await mesh.controller.admin.expireKey(key_id);
    await watched.page.getByLabel('API key').waitFor();
    expect(await watched.page.textContent('body')).not.toContain('node-a');
  });
});

describe('signing in by OpenID Connect', () => {
  const signInAs = async (person: string): Promise<WatchedPage> => {
    const watched = await openPage(mesh.browser, mesh.url, {}, undefined, provider.issuer);
    opened.push(watched);
    const { page } = watched;
    await page.getByRole('button', { name: 'Sign in with the company' }).click();
    await page.getByLabel('Your name').fill(person);
    await page.getByRole('button', { name: 'Continue' }).click();
    return watched;
  };

  it('leads to the provider and back, with the role of the groups, and out again at both', async () => {
    const { page, context } = await signInAs('olga');
    await page.getByText('Olga Operator (viewer)').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    // Nothing of the answer stays in the URL, and the ticket is gone.
    expect(page.url()).toBe(mesh.url);
    const ours = await context.cookies(mesh.url);
    expect(ours.map(({ name }) => name)).toEqual(['__Host-mesh-session']);
    expect(ours[0]).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict' });
    await page.goto(`${mesh.url}#/node/node-a`);
    await page.getByText('the node is active').waitFor();
    expect(await page.getByRole('button', { name: 'Quarantine…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await page.getByRole('button', { name: 'Sign in with the company' }).click();
    // The provider knows nobody any more.
    await page.getByLabel('Your name').waitFor();
    expect(await context.cookies(mesh.url)).not.toContainEqual(ours[0]);
  });

  it('is refused without a group that has a role, in words that name one', async () => {
    const { page, context } = await signInAs('nora');
    await page.getByRole('alert').filter({ hasText: 'ask for one of mesh-viewers' }).waitFor();
    expect(page.url()).toBe(mesh.url);
    expect((await context.cookies(mesh.url)).map(({ name }) => name)).not.toContain('__Host-mesh-session');
  });
});

describe('the first screen', () => {
  it('shows the counts, the epoch, the head of the log and what happens, as it happens', async () => {
    const page = await signedIn('viewer');
    await page
      .getByRole('listitem')
      .filter({ hasText: /^3 in$/ })
      .waitFor();
    await page.getByText(/epoch \d+, ends in \d+ s/).waitFor();
    await page.getByText(/log: \d+ entries/).waitFor();
    await page.getByText(/the head of \d+ entries is signed by the log, verified here/).waitFor();
    await mesh.controller.admin.quarantine('node-c', 'a test');
    await page
      .getByRole('listitem')
      .filter({ hasText: /^1 cut$/ })
      .waitFor();
    await page.getByRole('listitem').filter({ hasText: 'node quarantined node-c' }).waitFor();
    await mesh.controller.admin.release('node-c', 'a test');
    await mesh.nodes[2]?.submit({ overall: 0.9, refusal: 0.8 });
    await page
      .getByRole('listitem')
      .filter({ hasText: /^3 in$/ })
      .waitFor();
  });

  it('shows each pair as both ends report it, by keyboard alone', async () => {
    await mesh.report(10_000);
    const page = await signedIn('viewer');
    await page
      .getByRole('listitem')
      .filter({ hasText: /^3 in$/ })
      .waitFor();
    await page.getByRole('application', { name: '3 by 3 nodes' }).waitFor();
    for (let count = 0; count < 12; count += 1) {
      await page.keyboard.press('Tab');
      if ((await page.locator('canvas:focus').count()) === 1) break;
    }
    expect(await page.locator('canvas:focus').count()).toBe(1);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('table').filter({ hasText: 'node-a – node-b: no limit' }).waitFor();
    const rows = page.getByRole('table').getByRole('row');
    expect(await rows.nth(1).textContent()).toMatch(/^node-aup1\d s agonot measured1/);
    expect(await rows.nth(2).textContent()).toMatch(/^node-bup1\d s agonot measured1/);
    for (const key of ['+', '+', '-', '0']) await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'node-a' }).waitFor();
  });

  it('has the same pairs in a table, and finds a node by a part of its name', async () => {
    const page = await signedIn('viewer');
    await page
      .getByRole('listitem')
      .filter({ hasText: /^3 in$/ })
      .waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    await page.getByLabel('Find a node').fill('de-b');
    await page.getByRole('table').filter({ hasText: 'Pairs of node-b' }).waitFor();
    expect(await page.getByRole('row').filter({ hasText: 'node-c' }).textContent()).toMatch(/up/);
    await page.getByLabel('Find a node').press('Enter');
    await page.getByRole('heading', { name: 'node-b' }).waitFor();
  });
});

describe('a node', () => {
  it('shows why it stands where it stands, its scores, and entries that are verified in the browser', async () => {
    const page = await signedIn('viewer');
    await page
      .getByRole('listitem')
      .filter({ hasText: /^3 in$/ })
      .waitFor();
    await page.goto(`${mesh.url}#/node/node-a`);
    await page.getByText('the node is active').waitFor();
    await page
      .getByRole('img', { name: /overall over \d+ results; the last is 0.9/ })
      .locator('canvas')
      .waitFor();
    await page.getByLabel('Metric').selectOption('refusal');
    await page.getByRole('img', { name: /refusal over \d+ results; the last is 0.8/ }).waitFor();
    // The newest heads cover what came before the last epoch.
    const first = page.getByRole('button', { name: /^Verify entry/ }).last();
    await first.click();
    await page.getByText(/verified here: in the signed head of \d+ entries/).waitFor();
    expect(await page.getByRole('button', { name: 'Quarantine…' }).count()).toBe(0);
  });

  it('says so when an entry is not what the log has', async () => {
    const page = await signedIn('viewer');
    await page.route('**/v1/admin/nodes/node-a', async (asked) => {
      const answer = await asked.fetch();
      const detail = await answer.json();
      const enrolled = detail.log.find(
        ({ entry }: { entry: { type: string } }) => entry.type === 'node_enrolled',
      );
      enrolled.entry.data.class = 'a lie';
      await asked.fulfill({ response: answer, json: detail });
    });
    await page.goto(`${mesh.url}#/node/node-a`);
    const lie = page.getByRole('listitem').filter({ hasText: 'node enrolled' });
    await lie.getByRole('button', { name: /^Verify entry/ }).click();
    await lie.getByText(/NOT verified/).waitFor();
  });

  it('can be quarantined and released by an operator, with a reason, by keyboard alone', async () => {
    const page = await signedIn('operator');
    await page.goto(`${mesh.url}#/node/node-b`);
    await page.getByRole('button', { name: 'Quarantine…' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Why (it goes into the log)').waitFor();
    await page.keyboard.type('it misbehaves');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Release…' }).waitFor();
    const { view } = mesh.controller.running.services;
    expect(view.node('node-b' as never)?.status).toBe('quarantined');
    await page.getByText('cut', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Release…' }).click();
    await page.getByLabel('Why (it goes into the log)').fill('it has been mended');
    await page.getByRole('button', { name: 'Release', exact: true }).click();
    await page.getByRole('button', { name: 'Quarantine…' }).waitFor();
    expect(view.node('node-b' as never)?.status).toBe('active');
    const { entries } = await mesh.controller.admin.log({ type: 'node_quarantined', node: 'node-b' });
    expect(entries.at(-1)?.entry.data).toMatchObject({ actor: 'key' });
    await mesh.nodes[1]?.submit({ overall: 0.9, refusal: 0.8 });
  });

  it('that is not there is said to be not there', async () => {
    const page = await signedIn('viewer');
    await page.goto(`${mesh.url}#/node/nobody`);
    await page.getByRole('alert').filter({ hasText: 'nobody' }).waitFor();
  });
});

describe('roles', () => {
  it('are kept by the controller, whatever the page asks', async () => {
    const page = await signedIn('viewer');
    const status = await page.evaluate(async () => {
      const answer = await fetch('/v1/admin/nodes/node-a/quarantine', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'mesh-dashboard': 'user' },
        body: JSON.stringify({ reason: 'a test' }),
      });
      return answer.status;
    });
    expect(status).toBe(403);
    expect(mesh.controller.running.services.view.node('node-a' as never)?.status).toBe('active');
  });
});

describe('a dropped connection', () => {
  it('is shown with the age of the figures, and ends by itself', async () => {
    await using line = await mesh.line();
    const page = await signedIn('viewer', { port: line.port });
    await page
      .getByRole('listitem')
      .filter({ hasText: /^3 in$/ })
      .waitFor();
    line.cut();
    await page
      .getByRole('status')
      .filter({ hasText: /not live: figures are \d+ s old/ })
      .waitFor();
    expect(await page.locator('.frame.stale').count()).toBe(1);
    await mesh.controller.admin.createToken({});
    line.mend();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByRole('listitem').filter({ hasText: 'token created' }).first().waitFor();
    expect(await page.locator('.frame.stale').count()).toBe(0);
  });
});

type Look = [colorScheme: 'light' | 'dark', name: string, fragment: string, width: number];
it.each(
  variants<Look>(
    [
      ['light', 'the first screen', '#/', 1280],
      ['dark', 'a node on a phone', '#/node/node-a', 360],
    ],
    [
      ['light', 'a node', '#/node/node-a', 1280],
      ['light', 'the first screen on a phone', '#/', 360],
      ['light', 'a node on a phone', '#/node/node-a', 360],
      ['dark', 'the first screen', '#/', 1280],
      ['dark', 'a node', '#/node/node-a', 1280],
      ['dark', 'the first screen on a phone', '#/', 360],
    ],
  ),
)(
  'in %s, %s is clean for axe, and nothing is wider than the screen',
  async (colorScheme, _name, fragment, width) => {
    const page = await signedIn('operator', {
      browser: { colorScheme, viewport: { width, height: 800 } },
      script: AXE,
    });
    await page.goto(`${mesh.url}${fragment}`);
    await page
      .getByText(fragment === '#/' ? /epoch \d+, ends in/ : 'the node is active')
      .first()
      .waitFor();
    expect(await axeFaults(page)).toEqual([]);
    if (fragment === '#/') {
      await page.getByRole('button', { name: 'Table' }).click();
      expect(await axeFaults(page)).toEqual([]);
    }
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  },
);

it('the sign-in form is clean for axe', async () => {
  const watched = await openPage(mesh.browser, mesh.url, {}, AXE);
  opened.push(watched);
  await watched.page.getByLabel('API key').waitFor();
  expect(await axeFaults(watched.page)).toEqual([]);
});

it('a text that is markup is shown as the text that it is', async () => {
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const page = await signedIn('operator');
  await page.route('**/v1/admin/nodes/node-a', async (asked) => {
    const answer = await asked.fetch();
    const detail = await answer.json();
    await asked.fulfill({ response: answer, json: { ...detail, class: hostile, endpoint: hostile } });
  });
  await page.goto(`${mesh.url}#/node/node-a`);
  await page.getByText(hostile).first().waitFor();
  expect(await page.title()).toBe('Aligned Mesh');
});

describe('the watch over a page', () => {
  it('sees what the policy forbids', async () => {
    const watched = await openPage(mesh.browser, mesh.url);
    await watched.page.evaluate(`{
      const image = document.createElement('img');
      image.src = 'https://elsewhere.example/x.png';
      document.body.append(image);
    }`);
    await until('the faults', () => watched.faults.length > 0);
    expect(watched.faults.join()).toMatch(/Content Security Policy/i);
    await watched.context.close();
  });
});
