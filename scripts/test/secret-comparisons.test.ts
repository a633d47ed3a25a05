// The ban on comparing secrets in a time that depends on them: it finds each way that is planted, and lets
// pass what compares no secret.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { secretComparisons } from '../check-secret-comparisons.mjs';

const root = join(import.meta.dirname, '../..');
const HEAD = `
import type { WgPresharedKey, WgPrivateKey, WgPublicKey } from '${root}/packages/wg/src/keys.ts';
import type { SecretBytes } from '${root}/packages/primitives/src/secret-bytes.ts';
declare const psk: WgPresharedKey, other: WgPresharedKey | undefined, setting: WgPresharedKey | 'none';
declare const privateKey: WgPrivateKey, publicKey: WgPublicKey, text: string, secret: SecretBytes;
declare const all: readonly string[];
`;
const REFUSED = [
  'psk === other',
  'psk !== text',
  'text == privateKey',
  'other === psk',
  'secret === (text as unknown)',
  'all.includes(psk)',
  'psk.startsWith(text)',
  'text.indexOf(privateKey)',
  'Object.is(psk, text)',
  '(() => { switch (psk as string & typeof psk) { default: } })()',
];
const ALLOWED = [
  'other === undefined',
  'null !== psk',
  "setting === 'none'",
  'publicKey === text',
  'text === text',
  'all.includes(publicKey)',
  'psk.length === 44',
];

let folder: string;
beforeAll(() => {
  // Below the root, where the packages' types are found, and where git and the checks do not look.
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, 'planted-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('finds every comparison of secrets, and nothing else', () => {
  const file = join(folder, 'planted.ts');
  const lines = [...REFUSED, ...ALLOWED].map((line) => `export const _ = ${line};`);
  const named = lines.map((line, at) => line.replace('_', `value${at}`));
  writeFileSync(file, `${HEAD.trim()}\n${named.join('\n')}`);
  const { options } = ts.parseJsonConfigFileContent(
    { extends: join(root, 'tsconfig.base.json') },
    ts.sys,
    root,
  );
  const program = ts.createProgram([file], options);
  const { problems, sources } = secretComparisons(program, (path) => path === file);
  expect(sources).toBe(1);
  const first = HEAD.trim().split('\n').length + 1;
  const found = problems.map((problem) => Number(/planted\.ts:(\d+):/.exec(problem)?.[1]) - first);
  expect(found.map((at) => [...REFUSED, ...ALLOWED][at])).toEqual(REFUSED);
  for (const problem of problems) expect(problem).toContain('equalBytes');
});
