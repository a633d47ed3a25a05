// Writes what is made from the protocol's table of operations and its catalogue of problems: the OpenAPI
// document in packages/protocol, and docs/problems.md. scripts/test/written-api.test.ts fails if one of them
// is out of date.
//
//   npm run api

import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writtenApi } from './lib/written-api.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
for (const { path, text } of writtenApi()) {
  writeFileSync(join(root, path), text);
  console.log(path);
}
