// Checks docs/glossary.md: every file that it names exists and contains the term. So the glossary does not
// send a reader to a place that has moved.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @typedef {{ term: string, file: string, line: number }} GlossaryEntry */

/**
 * The rows of the glossary's tables: `| term | meaning | `path` |`, with one or more paths in backticks.
 *
 * @param {string} markdown
 * @returns {GlossaryEntry[]}
 */
export function parseGlossary(markdown) {
  return markdown.split('\n').flatMap((text, index) => {
    const cells = text.startsWith('|')
      ? text
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim())
      : [];
    const [term = '', ...rest] = cells;
    const files = [...(rest.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');
    return files.map((file) => ({ term: term.replaceAll('`', ''), file, line: index + 1 }));
  });
}

/** Lower case, letters and digits only: "pair PSK" is found in `derivePairPsk`. @param {string} text */
function normalise(text) {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * The faults of the glossary, one sentence each.
 *
 * @param {string} markdown
 * @param {string} [cwd] Where its paths start.
 */
export function glossaryProblems(markdown, cwd = root) {
  const entries = parseGlossary(markdown);
  if (entries.length === 0) return ['the glossary has no entries: is its table still there?'];
  return entries.flatMap(({ term, file, line }) => {
    const path = join(cwd, file);
    if (!existsSync(path) || !statSync(path).isFile()) {
      return [
        `line ${line}: "${term}" points at ${file}, which is not there: name the file where it lives now`,
      ];
    }
    if (term === '' || !normalise(readFileSync(path, 'utf8')).includes(normalise(term))) {
      return [`line ${line}: "${term}" does not occur in ${file}: name the file where it does`];
    }
    return [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const markdown = readFileSync(join(root, 'docs', 'glossary.md'), 'utf8');
  const problems = glossaryProblems(markdown);
  for (const problem of problems) process.stdout.write(`docs/glossary.md ${problem}\n`);
  process.stdout.write(`${parseGlossary(markdown).length} entries, ${problems.length} problems\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
