// Checks the dependency rule of .dependency-cruiser.cjs over the repository and says, for each breach, what
// to do instead. A run that saw too little fails, because a tool that finds no modules finds no breaches
// either.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './lib/child-process.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const config = join(root, '.dependency-cruiser.cjs');
const FOLDERS = ['packages', 'apps', 'e2e', 'demo', 'bench'];

/**
 * @typedef {object} DependencyReport
 * @property {{ source: string, dependencies: { module: string, resolved: string }[] }[]} modules
 * @property {{ rule: string, from: string, to: string, advice: string }[]} violations
 */

/**
 * @param {string} [cwd] A tree with the repository's layout. Default: the repository.
 * @returns {DependencyReport}
 * @throws Error when dependency-cruiser itself fails.
 */
export function checkDependencies(cwd = root) {
  const folders = FOLDERS.filter((folder) => existsSync(join(cwd, folder)));
  const program = join(root, 'node_modules', '.bin', 'depcruise');
  const run = capture(program, ['--config', config, '--output-type', 'json', ...folders], { cwd });
  if (!run.stdout.startsWith('{')) throw new Error(`dependency-cruiser failed: ${run.stderr.trim()}`);
  const { modules, summary } = JSON.parse(run.stdout);
  /** @type {{ name: string, comment: string }[]} */
  const rules = summary.ruleSetUsed.forbidden;
  return {
    modules,
    violations: summary.violations.map(
      /** @param {{ rule: { name: string }, from: string, to: string }} violation */
      ({ rule, from, to }) => ({
        rule: rule.name,
        from,
        to,
        advice: rules.find(({ name }) => name === rule.name)?.comment ?? '',
      }),
    ),
  };
}

/**
 * What a run over the repository should have seen but did not, as sentences: every package's entry, and an
 * import across packages that was followed to a source, not to a build.
 *
 * @param {DependencyReport} report
 * @param {string} [cwd]
 */
export function blindSpots({ modules }, cwd = root) {
  const seen = new Set(modules.map((module) => module.source));
  const entries = readdirSync(join(cwd, 'packages'))
    .map((name) => `packages/${name}/src/index.ts`)
    .filter((file) => existsSync(join(cwd, file)));
  const spots = entries.filter((entry) => !seen.has(entry)).map((entry) => `${entry} was not looked at`);
  const followed = modules.some((module) =>
    module.dependencies.some(
      ({ module: name, resolved }) =>
        name === '@mesh/primitives' && resolved === 'packages/primitives/src/index.ts',
    ),
  );
  if (!followed) spots.push('no import of @mesh/primitives was followed to packages/primitives/src/index.ts');
  return spots;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = checkDependencies();
  for (const { rule, from, to, advice } of report.violations) {
    process.stdout.write(`${from} → ${to}\n  ${rule}: ${advice}\n\n`);
  }
  const blind = blindSpots(report);
  for (const spot of blind) process.stdout.write(`the check is blind: ${spot}\n`);
  process.stdout.write(`${report.modules.length} modules, ${report.violations.length} breaches\n`);
  process.exitCode = report.violations.length === 0 && blind.length === 0 ? 0 : 1;
}
