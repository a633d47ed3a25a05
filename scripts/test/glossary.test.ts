import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { glossaryProblems, parseGlossary } from '../check-glossary.mjs';

const row = (term: string, file: string) =>
  `| term | meaning | lives in |\n|---|---|---|\n| ${term} | – | \`${file}\` |`;

describe('the glossary check', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-glossary-'));
    writeFileSync(join(folder, 'derive.ts'), '// Derives keys.\nexport function derivePairPsk() {}\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds a term in any spelling of code', () => {
    expect(glossaryProblems(row('pair PSK', 'derive.ts'), folder)).toEqual([]);
  });

  it('reports a missing file', () => {
    expect(glossaryProblems(row('pair PSK', 'gone.ts'), folder)).toEqual([
      expect.stringContaining('gone.ts'),
    ]);
  });

  it('reports a folder where a file should be', () => {
    expect(glossaryProblems(row('pair PSK', '.'), folder)).toHaveLength(1);
  });

  it('reports a term that its file does not have', () => {
    expect(glossaryProblems(row('epoch', 'derive.ts'), folder)).toEqual([expect.stringContaining('"epoch"')]);
  });

  it('reports each of several files on its own', () => {
    const markdown = '| pair PSK | – | `derive.ts`, `gone.ts` |';
    expect(glossaryProblems(markdown, folder)).toHaveLength(1);
    expect(parseGlossary(markdown).map(({ file }) => file)).toEqual(['derive.ts', 'gone.ts']);
  });

  it('refuses a glossary without entries', () => {
    expect(glossaryProblems('# Glossary\n', folder)).toHaveLength(1);
  });
});
