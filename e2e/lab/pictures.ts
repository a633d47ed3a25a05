// Pictures of pages, for the documentation: a test that has a page open takes one of it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/**
 * Takes a picture of what the page shows now. It is written as NAME.png into the folder that MESH_PICTURES
 * names, if it names one (`npm run pictures`).
 *
 * @returns how many bytes it has
 */
export async function pictureOf(page: Page, name: string): Promise<number> {
  const picture = await page.screenshot({ animations: 'disabled' });
  const folder = process.env.MESH_PICTURES;
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${name}.png`), picture);
  }
  return picture.length;
}
