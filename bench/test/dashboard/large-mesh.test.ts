// The dashboard with a thousand nodes that do not exist: it shows all of them, finds one, and stays usable by
// keyboard. How smoothly, `bench -- dashboard` measures.

import { buildDashboard, launchBrowser, openPage } from '@mesh/e2e';
import { expect, it } from 'vitest';
import { serveSynthetic } from '../../src/dashboard/serve-synthetic.ts';

it('shows a thousand nodes, their pairs as a picture and as a table, and finds one of them', async () => {
  const built = await buildDashboard();
  const browser = await launchBrowser();
  try {
    await using server = await serveSynthetic(built.folder, 1_000);
    const { page, faults } = await openPage(browser, server.url);
    const matrix = page.getByRole('application', { name: '1000 by 1000 nodes' });
    await matrix.waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: /^20 cut$/ })
      .waitFor();
    await matrix.focus();
    for (const key of ['ArrowDown', 'End', '+', '+', 'PageDown']) await page.keyboard.press(key);
    await page.getByRole('table').filter({ hasText: 'node-0010 – node-0999' }).waitFor();
    await page.getByRole('button', { name: 'Table' }).click();
    await page.getByLabel('Find a node').fill('0777');
    const table = page.getByRole('table').filter({ hasText: 'Pairs of node-0777' });
    await table.waitFor();
    expect(await table.getByRole('row').count()).toBe(101);
    await page.getByRole('button', { name: /Show more \(899 left\)/ }).click();
    await page.getByRole('button', { name: /Show more \(799 left\)/ }).waitFor();
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
    built.remove();
  }
});
