// Headless Chromium, with the dashboard as it is built from the sources. A page collects what must not
// happen: violations of its policy, errors, and requests to anybody but its controller.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

const DASHBOARD = fileURLToPath(new URL('../../apps/dashboard/', import.meta.url));

/** Builds the dashboard into a new folder. */
export async function buildDashboard(): Promise<{ readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-dashboard-build-'));
  const vite = join(DASHBOARD, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', DASHBOARD, '--outDir', folder, '--logLevel', 'error'];
  await promisify(execFile)(process.execPath, args, { cwd: DASHBOARD });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** @throws Error if there is none: `npm test` installs it */
export function launchBrowser(): Promise<Browser> {
  const executablePath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error('chromium is not here: install the package chromium (apt-get install chromium)');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What must not happen and did, one sentence each. */
  readonly faults: readonly string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  /** Run in each page before anything else. */
  script?: string,
  /** An origin that the page may send its user to. */
  other?: string,
): Promise<WatchedPage> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  if (script !== undefined) await context.addInitScript({ content: script });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    // A refusal is an answer that the page deals with, and the browser notes it.
    if (message.type() === 'error' && !text.startsWith('Failed to load resource')) faults.push(text);
    if (/content security policy/i.test(text)) faults.push(text);
  });
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (origin === other && request.isNavigationRequest()) return;
    if (origin !== new URL(url).origin) faults.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, context, faults };
}
