// The comments of settings, from the sources of their schemas: what stands before a property of a
// `z.strictObject` or `z.object`, by the path of the setting.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** @typedef {Map<string, string>} Comments `nodes.port` → what it says; an item of a list has `[]` */

/**
 * @param {string} file The source.
 * @param {string} name The constant that holds the schema.
 * @returns {Comments}
 */
export function settingsComments(file, name) {
  /** @type {Comments} */
  const comments = new Map();
  collect(declared(openSource(file), name), '', comments);
  return comments;
}

/** @typedef {{ file: string, ast: ts.SourceFile }} Source */
/** @typedef {{ node: ts.Node, source: Source } | undefined} Found */

/** @param {string} file @returns {Source} */
function openSource(file) {
  return { file, ast: ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true) };
}

/**
 * What a name stands for, in this file or in one that it imports; undefined: something of another package.
 *
 * @param {Source} source @param {string} name @returns {Found}
 */
function declared(source, name) {
  for (const statement of source.ast.statements) {
    if (ts.isVariableStatement(statement))
      for (const { name: own, initializer } of statement.declarationList.declarations)
        if (own.getText() === name && initializer !== undefined) return { node: initializer, source };
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const from = statement.moduleSpecifier.text;
      const names = statement.importClause?.namedBindings;
      const imports =
        names !== undefined &&
        ts.isNamedImports(names) &&
        names.elements.some((element) => element.name.text === name);
      if (imports && from.startsWith('.'))
        return declared(openSource(join(dirname(source.file), from)), name);
    }
  }
  return undefined;
}

/** @param {Found} found @param {string} path @param {Comments} comments */
function collect(found, path, comments) {
  if (found === undefined) return;
  const { node, source } = found;
  if (ts.isIdentifier(node)) return collect(declared(source, node.text), path, comments);
  if (ts.isArrowFunction(node)) return collect({ node: node.body, source }, path, comments);
  if (ts.isObjectLiteralExpression(node)) return collectProperties({ node, source }, path, comments);
  if (!ts.isCallExpression(node)) return;
  const [first, second] = node.arguments;
  const called = node.expression;
  if (!ts.isPropertyAccessExpression(called)) return collect({ node: called, source }, path, comments);
  const kind = called.expression.getText() === 'z' ? called.name.text : undefined;
  if (kind === undefined) return collect({ node: called.expression, source }, path, comments);
  if ((kind === 'object' || kind === 'strictObject') && first)
    collect({ node: first, source }, path, comments);
  if (kind === 'array' && first) collect({ node: first, source }, `${path}[]`, comments);
  if (kind === 'record' && second) collect({ node: second, source }, `${path}.NAME`, comments);
}

/**
 * @param {{ node: ts.ObjectLiteralExpression, source: Source }} found
 * @param {string} path
 * @param {Comments} comments
 */
function collectProperties({ node, source }, path, comments) {
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      collect({ node: property.expression, source }, path, comments);
      continue;
    }
    const name = property.name?.getText() ?? '';
    const own = path === '' ? name : `${path}.${name}`;
    const comment = commentBefore(property, source);
    if (comment !== undefined) comments.set(own, comment);
    if (ts.isPropertyAssignment(property)) collect({ node: property.initializer, source }, own, comments);
    else if (ts.isShorthandPropertyAssignment(property)) collect(declared(source, name), own, comments);
  }
}

/** @param {ts.Node} node @param {Source} source */
function commentBefore(node, { ast }) {
  const text = ast.getFullText();
  const [range] = (ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []).slice(-1);
  const comment = range === undefined ? '' : text.slice(range.pos, range.end);
  if (!comment.startsWith('/**')) return undefined;
  return comment
    .replaceAll(/^\/\*\*|\*\/$|^\s*\*(?!\/)/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
