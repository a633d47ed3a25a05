// Checks that the pure packages are pure: their src gets time, randomness, timers, network and environment as
// values and parameters, and never uses the platform's own. For each use it says what to do instead. (The
// dependency rule covers node: builtins and libraries with I/O.)
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const TIME = 'take the time as a value (nowMs)';
const RANDOM = 'take random bytes as a parameter';
const TIMER = 'take a timer as a parameter, or leave the waiting to an app';
const NETWORK = 'take an injected fetch (or the answer itself) as a parameter';
const ENVIRONMENT = 'take the setting as a parameter';
const OUTPUT = 'return what should be said; apps log';
const PORTABLE = 'use Uint8Array: Buffer exists on Node only';

/** Globals that no pure source may use as a value. `typeof fetch` in a type is fine. */
const FORBIDDEN_GLOBALS = new Map([
  ['setTimeout', TIMER],
  ['setInterval', TIMER],
  ['setImmediate', TIMER],
  ['requestAnimationFrame', TIMER],
  ['performance', TIME],
  ['crypto', RANDOM],
  ['fetch', NETWORK],
  ['WebSocket', NETWORK],
  ['EventSource', NETWORK],
  ['XMLHttpRequest', NETWORK],
  ['Worker', 'let the app start the worker and pass the function in'],
  ['process', ENVIRONMENT],
  ['navigator', ENVIRONMENT],
  ['localStorage', ENVIRONMENT],
  ['globalThis', ENVIRONMENT],
  ['window', ENVIRONMENT],
  ['self', ENVIRONMENT],
  ['require', 'use a static import'],
  ['eval', 'do not'],
  ['console', OUTPUT],
  ['Buffer', PORTABLE],
  ['__dirname', ENVIRONMENT],
  ['__filename', ENVIRONMENT],
]);

/** Members of otherwise pure globals. */
const FORBIDDEN_MEMBERS = new Map([
  ['Date.now', TIME],
  ['Math.random', RANDOM],
  ['AbortSignal.timeout', TIMER],
]);

/** Functions of pure libraries that draw their own randomness, whatever name they are imported under. */
const FORBIDDEN_CALLS = new Map(
  ['randomBytes', 'randomSecretKey', 'randomPrivateKey', 'keygen', 'randomUUID', 'getRandomValues'].map(
    (name) => [name, RANDOM],
  ),
);

/** Of these, those that are deterministic when they are given a seed. */
const SEEDED_CALLS = new Set(['keygen']);

/** @typedef {{ file: string, line: number, reach: string, advice: string }} Reach */

/**
 * Every use of the platform in one source text.
 *
 * @param {string} file Named in the result.
 * @param {string} text
 * @returns {Reach[]}
 */
export function findReaches(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  /** @type {Reach[]} */
  const reaches = [];
  /** @param {ts.Node} node @param {string} reach @param {string | undefined} advice */
  const add = (node, reach, advice) => {
    if (advice === undefined) return;
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    reaches.push({ file, line: line + 1, reach, advice });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node) && isUsedAsValue(node) && !isDeclaredAround(node)) {
      add(node, node.text, FORBIDDEN_GLOBALS.get(node.text));
    }
    if (ts.isPropertyAccessExpression(node)) {
      const member = `${node.expression.getText(source)}.${node.name.text}`;
      add(node, member, FORBIDDEN_MEMBERS.get(member));
    }
    if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText(source);
      const isSeeded = SEEDED_CALLS.has(name) && node.arguments.length > 0;
      add(node, `${name}()`, isSeeded ? undefined : FORBIDDEN_CALLS.get(name));
      if (name === 'Date') add(node, 'Date()', TIME);
    }
    if (ts.isNewExpression(node) && node.expression.getText(source) === 'Date' && !node.arguments?.length) {
      add(node, 'new Date()', TIME);
    }
    if (ts.isMetaProperty(node)) add(node, 'import.meta', ENVIRONMENT);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return reaches;
}

/**
 * Whether the identifier reads a variable, rather than naming a property, a declaration or an import.
 *
 * @param {ts.Identifier} node
 */
function isUsedAsValue(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isParameter(parent) || ts.isVariableDeclaration(parent)) return parent.initializer === node;
  if (ts.isPropertyDeclaration(parent) || ts.isEnumMember(parent)) return parent.initializer === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  return !(
    ts.isMethodDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isAccessor(parent) ||
    ts.isFunctionDeclaration(parent) ||
    ts.isFunctionExpression(parent) ||
    ts.isClassDeclaration(parent) ||
    ts.isInterfaceDeclaration(parent) ||
    ts.isTypeAliasDeclaration(parent) ||
    ts.isTypeParameterDeclaration(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isLabeledStatement(parent)
  );
}

/**
 * Whether a scope around the identifier declares its name: an injected `fetch` is not the platform's.
 *
 * @param {ts.Identifier} node
 */
function isDeclaredAround(node) {
  for (let scope = /** @type {ts.Node | undefined} */ (node.parent); scope; scope = scope.parent) {
    if (declaredNames(scope).has(node.text)) return true;
  }
  return false;
}

/** The names that a scope itself declares. @param {ts.Node} scope @returns {Set<string>} */
function declaredNames(scope) {
  /** @type {Set<string>} */
  const names = new Set();
  /** @param {ts.Node | undefined} name */
  const add = (name) => {
    if (!name) return;
    if (ts.isIdentifier(name)) names.add(name.text);
    else ts.forEachChild(name, (child) => (ts.isBindingElement(child) ? add(child.name) : undefined));
  };
  if (ts.isFunctionLike(scope)) for (const parameter of scope.parameters) add(parameter.name);
  if (ts.isCatchClause(scope)) add(scope.variableDeclaration?.name);
  if (ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope)) {
    const { initializer } = scope;
    if (initializer && ts.isVariableDeclarationList(initializer)) {
      for (const declaration of initializer.declarations) add(declaration.name);
    }
  }
  if (ts.isBlock(scope) || ts.isSourceFile(scope)) {
    for (const statement of scope.statements) {
      if (ts.isVariableStatement(statement)) {
        for (const declaration of statement.declarationList.declarations) add(declaration.name);
      }
      if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) add(statement.name);
      if (ts.isImportDeclaration(statement)) {
        add(statement.importClause?.name);
        const bindings = statement.importClause?.namedBindings;
        if (bindings && ts.isNamespaceImport(bindings)) add(bindings.name);
        if (bindings && ts.isNamedImports(bindings)) for (const item of bindings.elements) add(item.name);
      }
    }
  }
  return names;
}

/** Public packages that act on a host, and are for Node alone. */
const FOR_NODE = new Set(['@mesh/wg-device']);

/**
 * Source files of the pure packages: every package that is neither private nor for Node.
 *
 * @param {string} [cwd]
 */
export function pureSources(cwd = root) {
  return readdirSync(join(cwd, 'packages'))
    .map((name) => join(cwd, 'packages', name))
    .filter((folder) => existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'src')))
    .filter((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return !manifest.private && !FOR_NODE.has(manifest.name);
    })
    .flatMap((folder) =>
      readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, 'src', name)),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = pureSources();
  const reaches = files.flatMap((file) => findReaches(relative(root, file), readFileSync(file, 'utf8')));
  for (const { file, line, reach, advice } of reaches) {
    process.stdout.write(`${file}:${line}: ${reach} in a pure package: ${advice}\n`);
  }
  process.stdout.write(`${files.length} pure sources, ${reaches.length} reaches for the platform\n`);
  process.exitCode = reaches.length === 0 && files.length > 0 ? 0 : 1;
}
