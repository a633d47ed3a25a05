// Checks that comments are wrapped at the width of the code, neither later nor earlier: no line is longer,
// and no line has room for the first word of the next. What looks like layout is left alone
// (scripts/lib/wrap-comment.mjs), and so are comments behind code.
//
//   node scripts/check-comment-width.mjs [--fix]      --fix wraps them
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './lib/child-process.mjs';
import { findComments } from './lib/find-comments.mjs';
import { wrapComment } from './lib/wrap-comment.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The width of code. @type {number} */
export const WIDTH = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')).formatter.lineWidth;

const REMEDY = 'node scripts/check-comment-width.mjs --fix';

/**
 * A source with its comments wrapped. Its code stays byte for byte.
 *
 * @param {string} file
 * @param {string} text
 * @param {number} [width]
 */
export function wrapComments(file, text, width = WIDTH) {
  let wrapped = '';
  let done = 0;
  for (const { kind, start, end, column } of findComments(file, text)) {
    const comment = text.slice(start, end);
    wrapped += text.slice(done, start);
    wrapped += kind === 'lines' ? wrapLines(comment, column, width) : wrapBlock(comment, column, width);
    done = end;
  }
  return wrapped + text.slice(done);
}

/** @param {string} comment @param {number} column @param {number} width */
function wrapLines(comment, column, width) {
  const lines = comment.split('\n').map((line) => line.trimStart().slice('//'.length).trimEnd());
  const indent = ' '.repeat(column);
  return wrapComment(lines, width - column - '//'.length)
    .map((line) => `//${line}`)
    .join(`\n${indent}`);
}

/** @param {string} comment @param {number} column @param {number} width */
function wrapBlock(comment, column, width) {
  const [opening = ''] = /^\/\*+/.exec(comment) ?? [];
  const inner = comment.slice(opening.length, -'*/'.length).split('\n');
  const [first = '', ...others] = inner;
  if (others.length === 0) {
    if (column + comment.length <= width || !first.startsWith(' ')) return comment;
    return buildBlock(opening, splitAtTags(first.trimEnd()), column, width);
  }
  const starred = others.slice(0, -1).map((line) => /^\s*\*(?<content>.*)$/.exec(line)?.groups?.content);
  const last = others.at(-1)?.replace(/^\s*\*?/, '') ?? '';
  if (starred.includes(undefined)) return comment;
  const lines = [first, ...starred, last].map((line) => line?.trimEnd() ?? '');
  return buildBlock(opening, lines, column, width);
}

/** @param {string} opening @param {string[]} lines @param {number} column @param {number} width */
function buildBlock(opening, lines, column, width) {
  const from = lines[0] === '' ? 1 : 0;
  const to = lines.at(-1) === '' ? -1 : undefined;
  const content = wrapComment(lines.slice(from, to), width - column - ' *'.length);
  return [opening, ...content.map((line) => ` *${line}`), ' */'].join(`\n${' '.repeat(column)}`);
}

/** A one-line comment's text, then its tags, a line each. @param {string} text @returns {string[]} */
function splitAtTags(text) {
  const pieces = text
    .split(/ (?=@(?:param|returns?|throws|see|deprecated|internal)\s)/)
    .filter((piece) => piece);
  const lines = pieces.map((piece) => ` ${piece.trim()}`);
  const [first = ''] = lines;
  return lines.length > 1 && !first.startsWith(' @') ? [first, '', ...lines.slice(1)] : lines;
}

/**
 * The faults of one source: the first line of each comment that is not wrapped in the right way.
 *
 * @param {string} file
 * @param {string} text
 * @param {number} [width]
 * @returns {string[]}
 */
export function widthProblems(file, text, width = WIDTH) {
  return findComments(file, text).flatMap(({ kind, start, end, column }) => {
    const comment = text.slice(start, end);
    const wrapped = kind === 'lines' ? wrapLines(comment, column, width) : wrapBlock(comment, column, width);
    if (wrapped === comment) return [];
    const [lines, wanted] = [comment.split('\n'), wrapped.split('\n')];
    const at = lines.findIndex((line, index) => line !== wanted[index]);
    const columns = [...(lines[at] ?? '')].length + (at === 0 ? column : 0);
    const number = text.slice(0, start).split('\n').length + at;
    const fault =
      columns > width
        ? `a comment line of ${columns} columns, ${width} allowed`
        : 'a comment line wrapped early';
    return [`${file}:${number}: ${fault}: ${REMEDY}`];
  });
}

/** The sources that Git tracks or would track. @param {string} [cwd] */
export function commentedSources(cwd = root) {
  const listed = capture('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd });
  if (listed.code !== 0)
    throw new Error(`cannot list the sources: run this in a Git checkout (${listed.stderr})`);
  return listed.stdout
    .split('\0')
    .filter((file) => /\.(?:ts|mjs|cjs)$/.test(file) && !/(?:^|\/)test\/(?:vectors|fixtures)\//.test(file))
    .filter((file) => existsSync(join(cwd, file)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fix = process.argv.includes('--fix');
  const files = commentedSources();
  let faults = 0;
  for (const file of files) {
    const text = readFileSync(join(root, file), 'utf8');
    const problems = widthProblems(file, text);
    faults += problems.length;
    if (problems.length === 0) continue;
    if (fix) writeFileSync(join(root, file), wrapComments(file, text));
    else for (const problem of problems) process.stdout.write(`${problem}\n`);
  }
  const outcome = fix ? 'comments wrapped' : 'comments not wrapped as they should be';
  process.stdout.write(`${files.length} sources, ${faults} ${outcome}\n`);
  process.exitCode = (faults === 0 || fix) && files.length > 0 ? 0 : 1;
}
