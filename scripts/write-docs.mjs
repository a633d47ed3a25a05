// Builds the documentation site into dist/docs, or into a folder that is named.
//
//   npm run docs [-- FOLDER]
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSite } from './docs-site/build-site.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = resolve(process.argv[2] ?? join(root, 'dist/docs'));

/** @type {Map<string, string | Buffer>} */
let site;
try {
  site = buildSite(root);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
if (process.argv[2] === undefined) rmSync(folder, { recursive: true, force: true });
for (const [path, content] of site) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
console.log(`${site.size} files in ${folder}: open index.html, or serve the folder`);
