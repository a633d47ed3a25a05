// The dashboard's pages of who may come in and of the brake and alerts, in a browser.

import { variants } from '@mesh/host/test-kit';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { enrolTestNode, until } from '../../../apps/controller/test/support/index.ts';
import { WebhookSink } from '../../../apps/controller/test/support/webhook-sink.ts';
import type { WatchedPage } from '../../lab/browser.ts';
import { AXE, axeFaults } from '../support/axe-faults.ts';
import { type DashboardMesh, startDashboardMesh } from '../support/dashboard-mesh.ts';

const HOSTILE = '<script>document.title=1</script>';

let mesh: DashboardMesh;
let sink: WebhookSink;
let opened: WatchedPage[] = [];

beforeAll(async () => {
  sink = await WebhookSink.open();
  mesh = await startDashboardMesh(['node-a', 'node-b', 'node-c'], {
    brake: { at_least: 1, share: 0.01, hold_seconds: 3_600 },
    alerts: { webhooks: [{ name: 'pager', url: sink.url, template: 'alertmanager', insecure_http: true }] },
  });
});
afterAll(async () => {
  await mesh.close();
  await sink[Symbol.asyncDispose]();
});
afterEach(async () => {
  const faults = opened.flatMap((watched) => watched.faults);
  for (const { context } of opened) await context.close();
  opened = [];
  expect(faults).toEqual([]);
});

async function at(fragment: string, ...args: Parameters<DashboardMesh['signedIn']>): Promise<Page> {
  const watched = await mesh.signedIn(...args);
  opened.push(watched);
  await watched.page.goto(`${mesh.url}${fragment}`);
  return watched.page;
}

/** The status of what the page's session may not do. */
const posted = (page: Page, path: string, body: object) =>
  page.evaluate(
    async ([to, text]) => {
      const headers = { 'content-type': 'application/json', 'mesh-dashboard': 'user' };
      return (await fetch(`/v1/admin/${to}`, { method: 'POST', headers, body: text })).status;
    },
    [path, JSON.stringify(body)] as const,
  );

describe('a join token', () => {
  it('is shown once and copied, lets a node enrol that then waits, and is withdrawn', async () => {
    const page = await at('#/access', 'operator', {
      browser: { permissions: ['clipboard-read', 'clipboard-write'] },
    });
    await page.getByText('Nobody waits for an approval.').waitFor();
    await page.getByRole('button', { name: 'New token…' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('How many nodes').fill('2');
    await page.getByRole('dialog').getByLabel('Good for').selectOption('a day');
    await page.getByLabel('its nodes wait').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'The join token' });
    await dialog.getByRole('button', { name: 'Copy' }).click();
    await dialog.getByText('Copied.').waitFor();
    const token = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(await dialog.locator('.secret').textContent()).toBe(token);
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await dialog.waitFor({ state: 'detached' });
    const kept = await page.evaluate<string>(
      'JSON.stringify({ ...localStorage, ...sessionStorage }) + document.documentElement.outerHTML + location',
    );
    expect(kept).not.toContain(token.slice(-20));

    const enrolled = enrolTestNode(mesh.controller, 'node-d', { token });
    await page.getByRole('button', { name: 'Approve node-d…' }).click();
    const approve = page.getByRole('dialog', { name: 'Approve node-d?' });
    await approve.getByLabel('Why').fill('I know its host');
    await approve.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('Nobody waits for an approval.').waitFor();
    (await enrolled).close();
    expect(mesh.controller.running.services.view.node('node-d' as never)?.status).toBe('active');

    const row = page.getByRole('row').filter({ hasText: 'node-d' });
    expect(await row.textContent()).toMatch(/usable1default.*yesnode-d/);
    await row.getByRole('button', { name: /^Withdraw/ }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('it was sent to the wrong person');
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await page.getByRole('row').filter({ hasText: 'withdrawn' }).waitFor();
    const { tokens } = await mesh.controller.admin.tokens();
    expect(tokens.find(({ nodes }) => nodes.includes('node-d'))?.state).toBe('withdrawn');
  });

  it('with impossible values is refused in words, and the form keeps what was written', async () => {
    const page = await at('#/access', 'operator');
    await page.getByRole('button', { name: 'New token…' }).click();
    await page.getByLabel('Class of the nodes').fill('No Such Class');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('alert').filter({ hasText: 'class' }).waitFor();
    expect(await page.getByLabel('Class of the nodes').inputValue()).toBe('No Such Class');
  });
});

describe('an API key', () => {
  it('is shown once, listed by a name that is only a text, and ended', async () => {
    const page = await at('#/access', 'operator');
    await page.getByRole('button', { name: 'New key…' }).click();
    await page.getByLabel('Whose key').fill(HOSTILE);
    await page.getByRole('button', { name: 'Make it' }).click();
    const dialog = page.getByRole('dialog', { name: 'The API key' });
    expect(await dialog.locator('.secret').textContent()).toMatch(/^mesh_key_/);
    await page.keyboard.press('Escape');
    const row = page.getByRole('row').filter({ hasText: HOSTILE });
    await row.getByText('viewer').waitFor();
    expect(await page.title()).toBe('Aligned Mesh');
    await row.getByRole('button', { name: /^End the key/ }).click();
    await page.getByRole('button', { name: 'End it' }).click();
    await row.getByText(/^ended/).waitFor();
    const { keys } = await mesh.controller.admin.keys();
    expect(keys.find(({ name }) => name === HOSTILE)).toMatchObject({ is_expired: true, role: 'viewer' });
  });
});

describe('a viewer', () => {
  it('is offered nothing that changes anything, and the controller refuses it too', async () => {
    const page = await at('#/access', 'viewer');
    await page.getByText('Only an operator sees the API keys.').waitFor();
    await page.getByRole('table').waitFor();
    expect(await page.getByRole('button', { name: /…$/ }).count()).toBe(0);
    expect(await posted(page, 'tokens', {})).toBe(403);
    expect(await posted(page, 'keys', { name: 'mine', role: 'operator' })).toBe(403);
    await page.getByRole('link', { name: 'Maintenance' }).click();
    await page.getByRole('article', { name: 'pager' }).waitFor();
    expect(await page.getByRole('button', { name: /…$|test/ }).count()).toBe(0);
    expect(await posted(page, 'brake/end', { decision: 'cut', reason: 'a test' })).toBe(403);
    expect(await posted(page, 'maintenance/end', {})).toBe(403);
    expect(await posted(page, 'alerts/test', {})).toBe(403);
  });
});

describe('the receivers of alerts', () => {
  it('are shown with what they take, and tested', async () => {
    const page = await at('#/maintenance', 'operator');
    const pager = page.getByRole('article', { name: 'pager' });
    await page.getByRole('button', { name: 'Send a test to pager' }).click();
    await page.getByRole('status').filter({ hasText: 'pager took it' }).waitFor();
    await pager.getByText('since the controller started)').waitFor();
    expect(sink.received.some(({ body }) => body.includes('test'))).toBe(true);
    sink.answer = { status: 500 };
    await page.getByRole('button', { name: 'Send a test to pager' }).click();
    await page.getByRole('status').filter({ hasText: 'pager did NOT take it' }).waitFor();
    sink.answer = { status: 204 };
  });
});

describe('the brake', () => {
  it('shows whom it holds and why, and an operator keeps them in, or cuts them', async () => {
    const page = await at('#/maintenance', 'operator');
    await page.getByText('It holds nobody.').waitFor();
    for (const node of mesh.nodes) await node.submit({ overall: 0.1, refusal: 0.8 });
    const held = page.getByRole('region', { name: 'Nodes that the brake holds' });
    await held.getByText('It holds 2 nodes').waitFor();
    expect(await held.getByRole('row').nth(1).textContent()).toMatch(/^node-b.*yes.*overall 0.1/);
    await page.getByRole('button', { name: 'Keep them in…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Keep them in: 2 nodes?' });
    await dialog.getByText('2 nodes that the brake holds stay in for up to 60 minutes').waitFor();
    await dialog.getByLabel('Why').fill('the suite is wrong');
    await dialog.getByRole('button', { name: 'Keep them in' }).click();
    await until('the limits to end', async () =>
      (await mesh.controller.admin.brake()).held.every(({ limited }) => !limited),
    );
    await page.getByRole('button', { name: 'Cut them…' }).click();
    await page.getByRole('dialog').getByLabel('Why').fill('the suite was right');
    await page.getByRole('dialog').getByRole('button', { name: 'Cut them' }).click();
    await page.getByText('It holds nobody.').waitFor();
    const { view } = mesh.controller.running.services;
    expect(view.node('node-b' as never)?.membership).toBe('denied');
  });
});

it.each(variants<'light' | 'dark'>(['light'], ['dark']))(
  'in %s, access and maintenance are clean for axe and fit a phone',
  async (colorScheme) => {
    const page = await at('#/access', 'operator', { browser: { colorScheme }, script: AXE });
    const isClean = async () => {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await axeFaults(page)).toEqual([]);
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(overflow).toBeLessThanOrEqual(0);
      }
    };
    await page.getByRole('region', { name: 'The API keys' }).waitFor();
    await isClean();
    await page.getByRole('button', { name: 'New token…' }).click();
    expect(await axeFaults(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Maintenance' }).click();
    await page.getByRole('article', { name: 'pager' }).waitFor();
    await isClean();
    await page.emulateMedia({ media: 'print' });
    expect(await page.getByRole('button').filter({ visible: true }).count()).toBe(0);
    await page.getByRole('article', { name: 'pager' }).waitFor();
  },
);
