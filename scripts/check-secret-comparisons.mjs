// Refuses `===` and its like between secrets in what ships: the time that they take tells how many leading
// characters agree. Secrets are the brands of private and preshared WireGuard keys, and every class that
// descends from Redacted. The types decide, so this runs TypeScript's checker.
//
//   node scripts/check-secret-comparisons.mjs
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const EQUALITY = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
]);
/** Methods that compare their argument with each of the elements, or of the characters. */
const SEARCHING = new Set([
  'is',
  'includes',
  'indexOf',
  'lastIndexOf',
  'startsWith',
  'endsWith',
  'localeCompare',
]);
/** The brands of packages/wg/src/keys.ts that are secret. */
const SECRET_KINDS = new Set(['private', 'preshared']);
const REMEDY = 'compare bytes with equalBytes of @mesh/primitives, or digests (presharedKeyDigest)';

/**
 * @param {ts.Program} program
 * @param {(path: string) => boolean} isChecked
 * @returns {{ problems: string[], sources: number }} one sentence for each comparison, with its place
 */
export function secretComparisons(program, isChecked) {
  const checker = program.getTypeChecker();
  const sources = program.getSourceFiles().filter(({ fileName }) => isChecked(fileName));
  /** @type {string[]} */
  const problems = [];
  for (const source of sources) {
    /** @param {ts.Node} node */
    const visit = (node) => {
      const compared = operandsOf(node).find((operand) => isSecret(checker.getTypeAtLocation(operand)));
      if (compared !== undefined && !isAgainstNothing(node)) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        problems.push(
          `${relative(root, source.fileName)}:${line + 1}: a secret is compared in a time that depends on it: ${REMEDY}`,
        );
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { problems, sources: sources.length };
}

/** The expressions that a node compares. @param {ts.Node} node @returns {readonly ts.Expression[]} */
function operandsOf(node) {
  if (ts.isBinaryExpression(node))
    return EQUALITY.has(node.operatorToken.kind) ? [node.left, node.right] : [];
  if (ts.isSwitchStatement(node)) return [node.expression];
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
    return SEARCHING.has(node.expression.name.text) ? [node.expression.expression, ...node.arguments] : [];
  return [];
}

/**
 * Whether it only asks if there is a secret at all, or one of the words that may stand in its place.
 *
 * @param {ts.Node} node
 */
function isAgainstNothing(node) {
  return ts.isBinaryExpression(node) && [node.left, node.right].some(isNothing);
}

/** @param {ts.Expression} expression */
function isNothing(expression) {
  if (expression.kind === ts.SyntaxKind.NullKeyword || ts.isStringLiteral(expression)) return true;
  return ts.isIdentifier(expression) && expression.text === 'undefined';
}

/** @param {ts.Type} type @returns {boolean} */
function isSecret(type) {
  if (type.isUnion()) return type.types.some(isSecret);
  if (descendsFromRedacted(type)) return true;
  return type.getProperties().some((property) => {
    if (!property.escapedName.toString().startsWith('__@kind@')) return false;
    const declared = property.valueDeclaration;
    const literal =
      declared !== undefined && ts.isPropertySignature(declared) ? declared.type?.getText() : undefined;
    return literal !== undefined && SECRET_KINDS.has(literal.replaceAll(/['"]/g, ''));
  });
}

/** @param {ts.Type} type @returns {boolean} */
function descendsFromRedacted(type) {
  if (type.symbol?.name === 'Redacted') return true;
  return type.isClassOrInterface() && (type.getBaseTypes() ?? []).some(descendsFromRedacted);
}

/** The program of tsconfig.json, as tsc makes it. */
function wholeProgram() {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createProgram(fileNames, options);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const isShipped = (/** @type {string} */ path) =>
    /^(packages|apps)\/[^/]+\/src\//.test(relative(root, path));
  const { problems, sources } = secretComparisons(wholeProgram(), isShipped);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${sources} sources, ${problems.length} comparisons of secrets\n`);
  process.exitCode = problems.length === 0 && sources > 0 ? 0 : 1;
}
