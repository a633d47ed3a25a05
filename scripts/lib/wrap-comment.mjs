// Wraps the text of a comment at a width. It moves only text that is certainly prose: paragraphs, list items,
// labelled lines and tags. What looks like layout stays as it is: indented blocks, tables, drawings, fenced
// code, examples, a URL on its own line, directives to tools.
//
// A content line is what follows `//` or `*`, with the space that opens it.

/** Indentation of prose: the one space after `//` or `*`. */
const PROSE_INDENT = 1;
/** The indentation of a tag's following lines. */
const TAG_INDENT = 3;

const TAG = /^@[A-Za-z]+(?![\w/-])/;
/** Tags whose text is a type or code, where a line break is the author's. */
const TYPE_TAG = /^@(?:type|typedef|callback|template|import|overload|satisfies|license|preserve)\b/;
/** Code in backticks that is longer may go over two lines. */
const LONGEST_UNBROKEN_CODE = 40;
const EXAMPLE_TAG = /^@example\b/;
const FENCE = /^(?:```|~~~)/;
/** `Time: …` or `` `freeze`: … ``: an entry of a list of terms. */
const LABEL = /^(?:[A-Z][a-z]+|`[^`]+`):(?: |$)/;
const LIST_ITEM = /^(?:[-*+•]|\d{1,2}[.)]|\(\d{1,2}\)) (?=\S)/;
const DIRECTIVE =
  /^(?:biome-ignore|eslint-|eslint |@ts-|prettier-ignore|v8 ignore|c8 ignore|istanbul ignore|@vitest-|#)/;
const LICENSE = /SPDX-License-Identifier|\bCopyright \(|@license\b/;

/**
 * The content lines of one comment, wrapped. The words and their order stay.
 *
 * @param {readonly string[]} lines
 * @param {number} width Columns for a content line.
 * @returns {string[]}
 */
export function wrapComment(lines, width) {
  if (lines.some((line) => LICENSE.test(line))) return [...lines];
  /** @type {string[]} */
  const wrapped = [];
  for (let at = 0; at < lines.length; ) {
    const { end, rest } = readPiece(lines, at);
    const piece = lines.slice(at, end);
    wrapped.push(...(rest === undefined ? piece : fill(piece, width, rest)));
    at = end;
  }
  // A new line can itself look like layout, for instance a URL. The text around it is then wrapped
  // separately.
  return wrapped.join('\n') === lines.join('\n') ? wrapped : wrapComment(wrapped, width);
}

/**
 * The piece of the comment that begins at a line.
 *
 * @param {readonly string[]} lines
 * @param {number} at
 * @returns {{ end: number, rest?: number }} Where it ends, and the indentation of its second line and the
 *   ones after; without `rest` it must be left alone.
 */
function readPiece(lines, at) {
  const text = (lines[at] ?? '').trimStart();
  if (FENCE.test(text)) return { end: endOfFence(lines, at) };
  if (indentOf(lines[at]) !== PROSE_INDENT) return { end: at + 1 };
  if (EXAMPLE_TAG.test(text)) return { end: endWhere(lines, at, (line) => TAG.test(line.trimStart())) };
  if (TYPE_TAG.test(text)) {
    return { end: endWhere(lines, at, (line) => line.trim() === '' || TAG.test(line.trimStart())) };
  }
  if (isLayout(text)) return { end: at + 1 };
  if (TAG.test(text)) {
    const goesOn = [PROSE_INDENT, TAG_INDENT];
    return { end: endWhere(lines, at, (line) => !isProse(line, goesOn)), rest: TAG_INDENT };
  }
  const [marker] = LIST_ITEM.exec(text) ?? [''];
  const rest = PROSE_INDENT + marker.length;
  return { end: endWhere(lines, at, (line) => !isProse(line, [rest])), rest };
}

/** @param {readonly string[]} lines @param {number} at @param {(line: string) => boolean} ends */
function endWhere(lines, at, ends) {
  const length = lines.slice(at + 1).findIndex(ends);
  return length === -1 ? lines.length : at + 1 + length;
}

/** @param {readonly string[]} lines @param {number} at */
function endOfFence(lines, at) {
  const length = lines.slice(at + 1).findIndex((line) => FENCE.test(line.trimStart()));
  return length === -1 ? lines.length : at + length + 2;
}

/** Whether a line continues the paragraph before it. @param {string} line @param {number[]} indents */
function isProse(line, indents) {
  const text = line.trimStart();
  return indents.includes(indentOf(line)) && !opensPiece(text) && !isLayout(text);
}

/** Whether a line with this text begins something new. @param {string} text */
function opensPiece(text) {
  return (
    TAG.test(text) ||
    LABEL.test(text) ||
    LIST_ITEM.test(text) ||
    FENCE.test(text) ||
    DIRECTIVE.test(text) ||
    isTable(text)
  );
}

/** @param {string} text */
function isTable(text) {
  return /^(?:\||\+-|> |\$ |\d+\.\.)/.test(text);
}

/** @param {string} text */
function isLayout(text) {
  return (
    text === '' ||
    /\S\s{2,}\S|\t|[\u2500-\u259f]/.test(text) ||
    /^https?:\/\/\S+$/.test(text) ||
    !/[\p{L}\p{N}]/u.test(text) ||
    DIRECTIVE.test(text) ||
    isTable(text)
  );
}

/** @param {string | undefined} line */
function indentOf(line) {
  return /^ */.exec(line ?? '')?.[0].length ?? 0;
}

/**
 * Puts words into as few lines as possible.
 *
 * @param {readonly string[]} piece
 * @param {number} width
 * @param {number} rest
 */
function fill(piece, width, rest) {
  const words = piece.flatMap((line) => line.split(' ').filter((word) => word !== ''));
  /** @type {string[]} */
  const lines = [];
  let line = ' '.repeat(PROSE_INDENT);
  let empty = true;
  for (const unit of unbreakable(words)) {
    if (!empty && lengthOf(line) + 1 + lengthOf(unit) > width) {
      lines.push(line);
      line = ' '.repeat(rest);
      empty = true;
    }
    line += empty ? unit : ` ${unit}`;
    empty = false;
  }
  return [...lines, line];
}

/**
 * The words, joined where no line may break: before a word that would turn its line into a list item, a tag
 * or similar, behind a list item's mark, and within `{@link …}` and short code.
 *
 * @param {readonly string[]} words
 * @returns {string[]}
 */
function unbreakable(words) {
  const text = words.join(' ');
  const marker = LIST_ITEM.exec(text)?.[0].length ?? 0;
  const kept = [...text.matchAll(/\{@[^}]*\}|`[^`]+`/g)].filter(
    ([piece]) => piece.startsWith('{') || piece.length <= LONGEST_UNBROKEN_CODE,
  );
  /** @type {string[]} */
  const units = [];
  let at = 0;
  for (const word of words) {
    const within = kept.some((piece) => piece.index < at && at < piece.index + piece[0].length);
    if (at > 0 && (within || at === marker || word.startsWith('@') || opensPiece(`${text.slice(at)} …`))) {
      units.push(`${units.pop()} ${word}`);
    } else {
      units.push(word);
    }
    at += word.length + 1;
  }
  return units;
}

/** Columns: every character is one wide in the comments here. @param {string} text */
function lengthOf(text) {
  return [...text].length;
}
