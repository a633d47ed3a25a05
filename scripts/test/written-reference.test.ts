// What is made from the programs, their settings and the pictures' descriptions was made from those that are
// here.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writtenReference } from '../lib/written-reference.mjs';

const root = join(import.meta.dirname, '..', '..');

it.each(await writtenReference())('$path is up to date: if not, npm run reference', ({ path, text }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});
