// What a page of docs/ has people type, and what it says that they see.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '../../../docs');

/** The pages in a folder of docs/, as paths below it. */
export function pagesIn(folder: string): string[] {
  return readdirSync(join(DOCS, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

/**
 * The fenced blocks of a page, in its order.
 *
 * @param page its path below docs/
 * @param language what the fence says
 */
export function blocksOf(page: string, language = 'sh'): string[] {
  const text = readFileSync(join(DOCS, page), 'utf8');
  const fences = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return [...text.matchAll(fences)].map(([, block = '']) => block);
}

/** The lines of a sample that nothing has printed. Numbers may differ, and lines may go on. */
export function linesNotIn(sample: string, printed: string): string[] {
  const there = printed.split('\n').map(plain);
  return sample
    .trimEnd()
    .split('\n')
    .filter((line) => !there.some((one) => one.startsWith(plain(line))));
}

const plain = (line: string): string => line.trim().replaceAll(/\d+/g, '0').replaceAll(/\s+/g, ' ');
