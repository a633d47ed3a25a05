// Writes a manual page for each command of meshctl into a folder: npm run man -- DIR

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composePorts } from '../apps/cli/src/compose.ts';
import { manPages } from '../apps/cli/src/man-pages.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('name the folder: npm run man -- DIR');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const pages = manPages(composePorts());
for (const { name, text } of pages) writeFileSync(join(folder, name), text);
console.log(`${pages.length} pages in ${folder}`);
