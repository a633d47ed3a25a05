// The documentation site in a browser, from files: its pages violate no policy of theirs, and the search
// leads to a section.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSite } from '../../../scripts/docs-site/build-site.mjs';
import { launchBrowser } from '../../lab/browser.ts';

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docs-site-browser-'));
  for (const [path, content] of buildSite(join(import.meta.dirname, '../../..'))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the documentation site', () => {
  it('finds a section by its words, and shows pictures, without a fault', async () => {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) faults.push(`asks ${request.url()}`);
    });
    await page.goto(pathToFileURL(join(folder, 'concepts/exams.html')).href);
    expect(
      await page.locator('main img').evaluate((image: { naturalWidth: number }) => image.naturalWidth),
    ).toBeGreaterThan(100);
    await page.keyboard.press('/');
    await page.keyboard.type('dependency rule');
    await page.getByRole('link', { name: 'Architecture: The dependency rule' }).click();
    await page.waitForURL(/architecture\.html#the-dependency-rule$/);
    expect(await page.locator('h2#the-dependency-rule').isVisible()).toBe(true);
    await page.locator('#search').fill('zzzz');
    await page.getByText('Nothing has all of these words.').waitFor();
    expect(faults).toEqual([]);
  });
});
