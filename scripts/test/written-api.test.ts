// What is made from the table of operations was made from the one that is here.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writtenApi } from '../lib/written-api.mjs';

const root = join(import.meta.dirname, '..', '..');

it.each(writtenApi())('$path is up to date: if not, npm run api', ({ path, text }) => {
  expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});
