// Finds fields of log lines whose names are written out instead of taken from LogField
// (packages/host/src/logger.ts). Dashboards and alerts rely on these names: as constants they stay one
// vocabulary for all programs.
import ts from 'typescript';

const LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
const ADVICE =
  'name it by LogField of @mesh/host, as in { [LogField.nodeId]: nodeId }; add a constant where none fits';

/** @typedef {{ file: string, line: number, what: string, advice: string }} LiteralField */

/**
 * Every such field in one source text: in the first argument of a call on something that is called `logger`,
 * in the bindings of its `child`, and in the `base` of `createLogger`.
 *
 * @param {string} file Named in the result.
 * @param {string} text
 * @returns {LiteralField[]}
 */
export function findLiteralLogFields(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {LiteralField[]} */
  const found = [];
  /** @param {ts.Node} node */
  const add = (node) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    found.push({ file, line: line + 1, what: node.getText(source), advice: ADVICE });
  };
  /** @param {ts.Expression} fields */
  const check = (fields) => {
    if (ts.isParenthesizedExpression(fields)) check(fields.expression);
    else if (ts.isConditionalExpression(fields)) {
      check(fields.whenTrue);
      check(fields.whenFalse);
    } else if (ts.isObjectLiteralExpression(fields)) {
      for (const property of fields.properties) {
        if (ts.isSpreadAssignment(property)) check(property.expression);
        else if (!isNamedByConstant(property, source)) add(property);
      }
    }
    // Fields that come from elsewhere cannot be read here.
    else add(fields);
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node)) {
      const fields = fieldsOf(node, source);
      if (fields !== undefined) check(fields);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/**
 * @param {ts.CallExpression} call
 * @param {ts.SourceFile} source
 * @returns {ts.Expression | undefined} undefined for a call that writes no fields
 */
function fieldsOf(call, source) {
  const [first, second] = call.arguments;
  const callee = call.expression;
  if (first === undefined) return undefined;
  if (callee.getText(source) === 'createLogger') return baseOf(first);
  if (!ts.isPropertyAccessExpression(callee) && !ts.isElementAccessExpression(callee)) return undefined;
  if (!/logger$/i.test(callee.expression.getText(source))) return undefined;
  const method = ts.isPropertyAccessExpression(callee) ? callee.name.text : 'info';
  if (method === 'child') return first;
  // If the first argument is a text, it is the message.
  const isMessage = ts.isStringLiteralLike(first) || ts.isTemplateExpression(first);
  if (!LEVELS.has(method) || isMessage) return undefined;
  return second !== undefined || ts.isObjectLiteralExpression(first) ? first : undefined;
}

/** @param {ts.Expression} options */
function baseOf(options) {
  if (!ts.isObjectLiteralExpression(options)) return undefined;
  const base = options.properties.find((property) => property.name?.getText() === 'base');
  return base !== undefined && ts.isPropertyAssignment(base) ? base.initializer : undefined;
}

/**
 * @param {ts.ObjectLiteralElementLike} property
 * @param {ts.SourceFile} source
 */
function isNamedByConstant(property, source) {
  const { name } = property;
  return (
    name !== undefined &&
    ts.isComputedPropertyName(name) &&
    /^LogField\.\w+$/.test(name.expression.getText(source))
  );
}
