// Finds the comments of a source that have their own lines. The TypeScript parser gives the tokens, and
// comments are only searched between tokens, so text in strings, templates and regular expressions does not
// count.
import ts from 'typescript';

/**
 * `lines`: `//` lines that follow each other at one column. `block`: a block comment. `start` and `end` are
 * offsets; the text before `start` on its line is `column` spaces, and nothing follows `end` on its line.
 *
 * @typedef {{ kind: 'lines' | 'block', start: number, end: number, column: number }} StandingComment
 */

/**
 * The comments that share no line with code, in the order of the text.
 *
 * @param {string} file Its ending says whether this is TypeScript or JavaScript.
 * @param {string} text
 * @returns {StandingComment[]}
 */
export function findComments(file, text) {
  /** @type {StandingComment[]} */
  const found = [];
  for (const { kind, start, end } of allComments(file, text)) {
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    const before = text.slice(lineStart, start);
    const lineEnd = text.indexOf('\n', end);
    const after = text.slice(end, lineEnd === -1 ? undefined : lineEnd);
    if (/[^ ]/.test(before) || after.trim() !== '') continue;
    const column = before.length;
    const last = found.at(-1);
    const continues =
      kind === 'lines' && last?.kind === 'lines' && last.column === column && last.end + 1 === lineStart;
    if (continues) last.end = end;
    else found.push({ kind, start, end, column });
  }
  return found;
}

/**
 * Every comment; `lines` are single lines here.
 *
 * @param {string} file
 * @param {string} text
 * @returns {{ kind: 'lines' | 'block', start: number, end: number }[]}
 */
export function allComments(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return spacesBetweenTokens(source).flatMap(([from, to]) =>
    [...text.slice(from, to).matchAll(/^#!.*|\/\/.*|\/\*[\s\S]*?\*\//g)]
      .filter((match) => !match[0].startsWith('#!'))
      .map((match) => ({
        kind: match[0].startsWith('//') ? /** @type {const} */ ('lines') : /** @type {const} */ ('block'),
        start: from + match.index,
        end: from + match.index + match[0].length,
      })),
  );
}

/** Where the white space and comments before each token begin and end. @param {ts.SourceFile} source */
function spacesBetweenTokens(source) {
  /** @type {[number, number][]} */
  const spaces = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    if (ts.isTokenKind(node.kind)) spaces.push([node.getFullStart(), node.getStart(source, false)]);
    else for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  return spaces;
}
