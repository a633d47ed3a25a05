// The graph, and what a mesh of more than three nodes looks like: in light and dark, on a phone, on paper.
// Pictures of it are in docs/images.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { formatRfc3339 } from '@mesh/primitives';
import type { AppliedMessage } from '@mesh/protocol';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pictureOf } from '../../lab/index.ts';
import { type DashboardMesh, startDashboardMesh } from '../support/dashboard-mesh.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NAMES = ['ams', 'fra', 'pdx', 'osa'].flatMap((city) => [1, 2, 3].map((at) => `${city}-${at}`));
const [CUT, UNKEYED] = ['pdx-3', 'osa-1'] as const;

let mesh: DashboardMesh;
beforeAll(async () => {
  mesh = await startDashboardMesh(NAMES, {}, (name) => (/^(?:pdx|osa)/.test(name) ? 'far' : 'near'));
  await mesh.nodes[NAMES.indexOf(CUT)]?.submit({ overall: 0.31, refusal: 0.4 });
});
afterAll(() => mesh?.close());

/** A report counts for less time than a slow machine takes for this file. */
async function reportAgain(): Promise<void> {
  await mesh.report(10_000);
  // The others have keys of another epoch than this one.
  const node = mesh.nodes[NAMES.indexOf(UNKEYED)];
  await node?.client.reportApplied(
    node.sign('applied', {
      node_id: node.nodeId,
      sequence: node.nextSequence(),
      sent_at: formatRfc3339(Math.floor(mesh.controller.nowMs())),
      instance_id: node.instanceId,
      epoch_id: 1,
      peers: NAMES.filter((name) => name !== UNKEYED).map((name) => ({
        ...{ node_id: name, handshake_age_ms: 20_000 },
        epoch_id: name.startsWith('ams') ? null : 1,
      })),
    }) as AppliedMessage,
  );
}

async function opened(options: BrowserContextOptions = {}): Promise<Page> {
  await reportAgain();
  const { page } = await mesh.signedIn('operator', {
    browser: { viewport: { width: 1180, height: 800 }, ...options },
    script: AXE,
  });
  await page
    .getByRole('listitem')
    .filter({ hasText: /^1 cut$/ })
    .waitFor();
  return page;
}

async function openedGraph(options?: BrowserContextOptions): Promise<Page> {
  const page = await opened(options);
  await page.getByRole('button', { name: 'Graph' }).click();
  await page.getByRole('application', { name: 'graph of 12 nodes' }).waitFor();
  return page;
}

async function expectSound(page: Page): Promise<void> {
  const faults = await page.evaluate<string[]>(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))",
  );
  expect(faults).toEqual([]);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
}

/** A picture is of something: a blank page of this size has a few kilobytes. */
async function expectPicture(page: Page, name: string): Promise<void> {
  await page.evaluate('scrollTo(0, 0)');
  expect(await pictureOf(page, name)).toBeGreaterThan(15_000);
}

it('the graph goes around by keyboard, tells of the chosen node, and opens it', async () => {
  const page = await openedGraph();
  await page.getByText('All 12 nodes are shown.').waitFor();
  await page.getByRole('application').focus();
  await page.keyboard.press('ArrowLeft');
  await page.getByText('fra-3 (class near) is in').waitFor();
  for (let step = 0; step < 1; step += 1) await page.keyboard.press('ArrowRight');
  const card = page.getByText('osa-1 (class far) is in');
  await card.waitFor();
  expect(await card.textContent()).toContain('3 the ends have keys of different epochs');
  expect(await card.textContent()).toContain('1 an end is out, and the last report still has the tunnel');
  await expectSound(page);
  await expectPicture(page, 'dashboard-graph');
  await page.keyboard.press('Escape');
  await page.getByText('Choose a node.').waitFor();
  await page.getByLabel('Find a node').fill(CUT);
  await page.getByText(`${CUT} (class far) is cut`).waitFor();
  await page.getByRole('application').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: CUT }).waitFor();
  await page.context().close();
});

it('the graph shows what is filtered, by name, class and standing, and says how much that is', async () => {
  const page = await openedGraph();
  await page.getByLabel('Show nodes with').fill('far');
  await page.getByText('6 of 12 nodes fit.').waitFor();
  await page.getByLabel('that are').selectOption('cut');
  await page.getByText('1 of 12 nodes fit.').waitFor();
  await page.getByLabel('Show nodes with').fill('nobody');
  await page.getByText('None of the 12 nodes fits.').waitFor();
  await page.context().close();
});

it('a node is chosen where it is pressed', async () => {
  const page = await openedGraph();
  const box = await page.getByRole('application').boundingBox();
  if (box === null) throw new Error('the graph is not on the screen');
  // The first by class and name stands at the top.
  await page.mouse.click(box.x + box.width / 2, box.y + box.height * 0.14);
  await page.getByText(`${CUT} (class far) is cut`).waitFor({ state: 'detached' });
  await page.getByText('osa-1 (class far) is in').waitFor();
  await page.context().close();
});

it.each([
  ['in light', 'dashboard', {}],
  ['in dark', 'dashboard-dark', { colorScheme: 'dark' }],
  ['on a phone', 'dashboard-phone', { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 }],
] as const)('the first screen %s is whole, and clean for axe', async (_where, name, options) => {
  const page = await opened(options);
  await page.getByLabel('Find a node').fill(UNKEYED);
  await page.getByText(`${UNKEYED}: overall`).waitFor();
  await page.locator('canvas').focus();
  await page.keyboard.press('ArrowRight');
  await page
    .getByRole('table')
    .filter({ hasText: `${UNKEYED} – osa-2` })
    .waitFor();
  await expectSound(page);
  await expectPicture(page, name);
  await page.context().close();
});

it.each([
  ['in dark', { colorScheme: 'dark' }],
  ['on a phone', { viewport: { width: 360, height: 740 } }],
] as const)('the graph %s is whole, and clean for axe', async (_where, options) => {
  const page = await openedGraph(options);
  await expectSound(page);
  await page.context().close();
});

it('a node that was cut has its picture, and on paper nothing to press', async () => {
  const page = await opened();
  await page.goto(`${mesh.url}#/node/${CUT}`);
  await page.getByText('is below the policy').first().waitFor();
  await page.getByRole('img', { name: /overall over \d+ results/ }).waitFor();
  await expectSound(page);
  await expectPicture(page, 'dashboard-node');
  await page.emulateMedia({ media: 'print' });
  expect(await page.getByRole('button').filter({ visible: true }).count()).toBe(0);
  const clipped = await page.evaluate<number>(
    "[...document.querySelectorAll('main *')].filter((each) => getComputedStyle(each).overflowY === 'auto').length",
  );
  expect(clipped).toBe(0);
  await page.context().close();
});
