// The dashboard's pages of the policy and of officers' requests, in a browser, in a mesh that has officers.

import { readFileSync } from 'node:fs';
import { variants } from '@mesh/host/test-kit';
import { formatRfc3339, parseStrictJson } from '@mesh/primitives';
import type { OfficerRequest } from '@mesh/protocol';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../../apps/controller/test/support/index.ts';
import { entriesOf, signedBy, signedWork } from '../../../apps/controller/test/support/officers.ts';
import type { WatchedPage } from '../../lab/browser.ts';
import { AXE, axeFaults } from '../support/axe-faults.ts';
import { type DashboardMesh, startDashboardMesh } from '../support/dashboard-mesh.ts';

const HOSTILE = '<img src=x onerror="document.title=1">';

let mesh: DashboardMesh;
let opened: WatchedPage[] = [];

beforeAll(async () => {
  mesh = await startDashboardMesh(['node-a', 'node-b', 'node-c'], {
    policy: { threshold: 0.7 },
    officers: entriesOf(['alice', 'bob', 'carol']),
  });
});
afterAll(() => mesh.close());
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

/** Results stay good for as long as the tests last. */
const AGE = 'maxBenchmarkAgeMs: 86400000\n';
const write = async (page: Page, text: string) => {
  await page.getByLabel('A whole policy').fill(`${text}${AGE}`);
  await page.getByRole('button', { name: 'Check' }).click();
};
/** What was tried is void when a policy that waited comes into force. */
const noneWaits = () =>
  until('no policy to wait', async () => (await mesh.controller.admin.policy()).next === null);
const setByOther = (text: string, atOnce: boolean) =>
  mesh.controller.admin.setPolicy({ text: `${text}${AGE}`, reason: 'quicker', at_once: atOnce });
const newest = async () => {
  const { in_force: inForce, next } = await mesh.controller.admin.policy();
  return next ?? inForce;
};

/** What the page lets the browser save. */
async function saved(page: Page, act: () => Promise<void>): Promise<{ request: OfficerRequest }> {
  const download = page.waitForEvent('download');
  await act();
  const path = await (await download).path();
  return parseStrictJson(readFileSync(path, 'utf8')) as unknown as { request: OfficerRequest };
}

describe('the policy', () => {
  it('is shown as it is in force, and a wrong one is refused with the line', async () => {
    const page = await at('#/policy', 'viewer');
    await page.getByText('Version 1').first().waitFor();
    await write(page, 'threshold: 0.7\nfloors:\n  refusal: 2\n');
    const fault = page.getByRole('alert').filter({ hasText: 'line 3, column 12: floors.refusal' });
    await fault.getByText('must be at most 1').waitFor();
    await fault.getByRole('button', { name: 'Go to line 3' }).click();
    const chosen = await page.evaluate<string>(
      'document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)',
    );
    expect(chosen).toBe('2');
    expect(await page.locator('.line-numbers .wrong').textContent()).toBe('3\n');
  });

  it('that is tried says what it changes and whom it cuts, and who may only look is not offered more', async () => {
    const page = await at('#/policy', 'viewer');
    await write(page, 'threshold: 0.95\n');
    await page.getByText('it cuts 3', { exact: false }).waitFor();
    const changes = page.getByRole('table').filter({ hasText: 'What it changes' });
    expect(await changes.getByRole('row').filter({ hasText: 'threshold' }).textContent()).toBe(
      'threshold0.70.95',
    );
    const cut = page.getByRole('table').filter({ hasText: 'Whom it changes' });
    expect(await cut.getByRole('row').nth(1).textContent()).toMatch(/^node-agooddeniedcutoverall 0.9/);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByRole('status').filter({ hasText: '3 nodes would have stood otherwise' }).waitFor();
    const replayed = page.getByRole('table').filter({ hasText: 'Who would have stood otherwise' });
    expect(await replayed.getByRole('row').nth(1).textContent()).toMatch(/^node-acut0.* → 0 s/);
    expect(await page.getByRole('button', { name: 'Apply…' }).count()).toBe(0);
    await page.getByText('An operator can apply it.').waitFor();
    const status = await page.evaluate(async () => {
      const answer = await fetch('/v1/admin/policy', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'mesh-dashboard': 'user' },
        body: JSON.stringify({ text: 'threshold: 0.95', reason: 'a test' }),
      });
      return answer.status;
    });
    expect(status).toBe(403);
    expect((await newest())?.version).toBe(1);
  });

  it('is applied at once by an operator, by keyboard alone, with a reason that is only a text', async () => {
    const page = await at('#/policy', 'operator');
    await page.getByLabel('A whole policy').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(`threshold: 0.75 # stricter\n${AGE}`);
    // Tab leaves the editor.
    await page.keyboard.press('Tab');
    expect(await page.getByRole('button', { name: 'Check' }).evaluate((one) => one.matches(':focus'))).toBe(
      true,
    );
    await page.keyboard.press('Enter');
    await page.getByText("changes nobody's standing", { exact: true }).waitFor();
    await page.getByRole('radio', { name: 'at once' }).focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Put this policy in force?' });
    await dialog.getByText('It applies at once.').waitFor();
    await dialog.getByLabel('Why').focus();
    await page.keyboard.insertText(HOSTILE);
    await page.keyboard.press('Enter');
    await page.getByRole('status').filter({ hasText: 'Version 2 is in force.' }).waitFor();
    await page.getByText(`: ${HOSTILE}`).waitFor();
    expect(await page.title()).toBe('Aligned Mesh');
    expect(await newest()).toMatchObject({
      version: 2,
      policy: { threshold: 0.75 },
      reason: HOSTILE,
      applied_at: expect.any(String),
    });
  });

  it('that has changed under the editor is said so and not overwritten', async () => {
    const page = await at('#/policy', 'operator');
    await write(page, 'threshold: 0.8\n');
    await page.getByRole('button', { name: 'Apply…' }).waitFor();
    const { version } = await setByOther('threshold: 0.76\n', true);
    await page
      .getByRole('alert')
      .filter({ hasText: `Version ${version} has come meanwhile: quicker` })
      .waitFor();
    expect(await page.getByRole('button', { name: 'Apply…' }).count()).toBe(0);
    expect(await page.getByLabel('A whole policy').inputValue()).toBe(`threshold: 0.8\n${AGE}`);
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByRole('button', { name: 'Apply…' }).click();
    await page.getByLabel('Why').fill('seen it');
    await page.getByRole('button', { name: 'Put it in force' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: `Version ${version + 1} is accepted` })
      .waitFor();
    expect(await newest()).toMatchObject({ version: version + 1, policy: { threshold: 0.8 } });
  });

  it('that has changed while the page has not heard of it is kept by the controller', async () => {
    await noneWaits();
    const page = await at('#/policy', 'operator');
    await write(page, 'threshold: 0.81\n');
    await page.getByRole('button', { name: 'Apply…' }).click();
    await page.getByLabel('Why').fill('too late');
    // The page asks for the policy again when it hears of a change: here it hears nothing.
    await page.route('**/v1/admin/policy', async (asked) => {
      if (asked.request().method() !== 'POST') return asked.abort();
      await setByOther('threshold: 0.82\n', false);
      return asked.continue();
    });
    await page.getByRole('button', { name: 'Put it in force' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: /is the newest policy, and not version/ })
      .waitFor();
    expect(await newest()).toMatchObject({ policy: { threshold: 0.82 } });
  });
});

/** Files of a request, each with one officer's signature. */
const signedFiles = (request: OfficerRequest, ...names: string[]) =>
  names.map((name) => ({
    name: `${name}.json`,
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(signedBy(request, name))),
  }));

const bring = async (page: Page, files: ReturnType<typeof signedFiles>) => {
  await page.getByLabel('Files that officers have signed').setInputFiles(files);
  await page.getByRole('button', { name: 'Submit…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Bring these signatures' });
  await dialog.getByText('cannot be taken back').waitFor();
  await dialog.getByRole('button', { name: 'Submit' }).click();
};

describe('a policy that is weaker', () => {
  it('becomes a request, which officers sign elsewhere, and is applied when they have', async () => {
    await noneWaits();
    const page = await at('#/policy', 'operator');
    await write(page, 'threshold: 0.5\n');
    await page.getByText(/threshold falls from 0.\d+ to 0.5/).waitFor();
    expect(await page.getByRole('button', { name: 'Apply…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Make a request…' }).click();
    await page.getByLabel('Why').fill(HOSTILE);
    const { request } = await saved(page, () =>
      page.getByRole('button', { name: 'Make it and save the file' }).click(),
    );
    const file = `policy.replace-${request.request_id.slice(0, 8)}.json`;
    await page.getByText(`meshctl request sign ${file}`).waitFor();
    expect(request).toMatchObject({ kind: 'policy.replace', required: 2, reason: HOSTILE });

    await page.getByRole('link', { name: 'Requests' }).first().click();
    await page.getByText('No request is open.').waitFor();
    await bring(page, signedFiles(request, 'alice'));
    const open = page.getByRole('article').filter({ hasText: 'an operator may once replace the policy' });
    await open.getByText('alice (1 of 2)').waitFor();
    await open.getByText('1 of bob, carol').waitFor();
    await open.getByText(HOSTILE, { exact: true }).waitFor();
    expect(await page.title()).toBe('Aligned Mesh');
    // What is saved here is what another officer can sign.
    const again = await saved(page, () => open.getByRole('button', { name: /^Save the file/ }).click());
    expect(again.request).toEqual(request);
    await bring(page, signedFiles(again.request, 'bob'));
    await page.getByRole('status').filter({ hasText: 'bob.json: the request is signed' }).waitFor();

    await open.getByRole('link', { name: 'Policy' }).click();
    // The text has stayed. It is tried again, on the evidence of now.
    expect(await page.getByLabel('A whole policy').inputValue()).toBe(`threshold: 0.5\n${AGE}`);
    await page.getByText('The officers have allowed this change, once.').waitFor();
    expect(await page.getByRole('radio', { name: /^at once/ }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Apply…' }).click();
    await page.getByLabel('Why').fill('the suite is new');
    await page.getByRole('button', { name: 'Put it in force' }).click();
    await page.getByRole('status').filter({ hasText: 'is accepted' }).waitFor();
    expect(await newest()).toMatchObject({ policy: { threshold: 0.5 } });
    expect((await mesh.controller.admin.requests()).requests).toEqual([]);
  });
});

describe('requests', () => {
  it('are not for a viewer to bring, whatever the page asks; files that are none are said to be none', async () => {
    const page = await at('#/requests', 'viewer');
    await page.getByText('2 of 3 officers must sign a request:').waitFor();
    expect(await page.getByLabel('Files that officers have signed').count()).toBe(0);
    const status = await page.evaluate(async () => {
      const answer = await fetch('/v1/admin/requests', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'mesh-dashboard': 'user' },
        body: '{}',
      });
      return answer.status;
    });
    expect(status).toBe(403);
    const proposer = await at('#/requests', 'officer-proposer');
    for (const [text, says] of [
      ['no json', 'wrong.json is no request, it is not JSON'],
      ['{"policy":1}', 'wrong.json is no request, it has another form'],
    ] as const) {
      const buffer = Buffer.from(text);
      await proposer
        .getByLabel('Files that officers have signed')
        .setInputFiles({ name: 'wrong.json', mimeType: 'application/json', buffer });
      await proposer.getByRole('alert').filter({ hasText: says }).waitFor();
    }
    expect(await proposer.getByRole('button', { name: 'Submit…' }).count()).toBe(0);
  });
});

describe('planned work', () => {
  it('that an officer has signed for is shown, and ended by an operator', async () => {
    const page = await at('#/maintenance', 'operator');
    await page.getByText('No work is planned.').waitFor();
    const nowMs = Math.floor(mesh.controller.nowMs());
    const work = {
      mesh_id: 'testmesh',
      request_id: '00000000-0000-4000-8000-00000000beef',
      timestamp: formatRfc3339(nowMs),
      expires_at: formatRfc3339(nowMs + 60_000),
      reason: 'a new disk',
      until: formatRfc3339(nowMs + 3_600_000),
    };
    await mesh.controller.admin.startMaintenance(signedWork(work, 'alice'));
    await page.getByText(/Leases last until/).waitFor();
    await page.getByText('a new disk (signed by alice)', { exact: false }).waitFor();
    await page.getByRole('button', { name: 'End the planned work…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await page.getByText('No work is planned.').waitFor();
    expect((await mesh.controller.admin.maintenance()).window).toBe(null);
  });
});

it.each(variants<'light' | 'dark'>(['dark'], ['light']))(
  'in %s, the policy and requests are clean for axe and fit a phone',
  async (colorScheme) => {
    await noneWaits();
    const page = await at('#/requests', 'operator', { browser: { colorScheme }, script: AXE });
    await page.getByText('officers must sign a request').waitFor();
    const isClean = async () => {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await axeFaults(page)).toEqual([]);
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(overflow).toBeLessThanOrEqual(0);
      }
    };
    await isClean();
    await page.getByRole('link', { name: 'Policy' }).click();
    await write(page, 'threshold: 2\n');
    await page.getByRole('button', { name: 'Go to line 1' }).waitFor();
    await isClean();
    await write(page, 'threshold: 0.4\nfloors: { refusal: 0.95 }\n');
    await page.getByText('it cuts 3', { exact: false }).waitFor();
    await isClean();
    await page.getByRole('button', { name: 'Make a request…' }).click();
    expect(await axeFaults(page)).toEqual([]);
  },
);
