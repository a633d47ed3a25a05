// Writes the files of docs/ that are made from the programs and their settings, and the pictures of the
// concepts. scripts/test/written-reference.test.ts fails if one of them is out of date.
//
//   npm run reference

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writtenReference } from './lib/written-reference.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const { path, text } of await writtenReference()) {
  writeFileSync(join(root, path), text);
  console.log(path);
}
