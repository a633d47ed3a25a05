// Runs all checks of CI except the tests: style, the dependency rule, purity, types, the build, the packages
// to publish, unused code, the glossary, the documentation site, how comments are wrapped, how secrets are
// compared, and what the packages of others bring along. Each step runs even if an earlier one failed. The
// last line is the total.
//
//   node scripts/run-checks.mjs [NAME…]      all steps, or those named
//
// Expects pnpm and a suitable Node on PATH: scripts/bootstrap.mjs provides both.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foreground } from './lib/child-process.mjs';
import { addTallies, exitCodeOf, renderTally } from './lib/tally.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {{ name: string, command: string[] }[]} */
const STEPS = [
  { name: 'biome', command: ['biome', 'check', '.'] },
  { name: 'dependency-rule', command: ['node', 'scripts/check-dependencies.mjs'] },
  { name: 'purity', command: ['node', 'scripts/check-purity.mjs'] },
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'dashboard-types', command: ['tsc', '-p', 'apps/dashboard/tsconfig.json'] },
  { name: 'build', command: ['turbo', 'run', 'build'] },
  { name: 'published-packages', command: ['node', 'scripts/check-published.mjs'] },
  { name: 'unused', command: ['knip'] },
  { name: 'glossary', command: ['node', 'scripts/check-glossary.mjs'] },
  { name: 'docs-site', command: ['node', 'scripts/write-docs.mjs'] },
  { name: 'comment-width', command: ['node', 'scripts/check-comment-width.mjs'] },
  { name: 'secret-comparisons', command: ['node', 'scripts/check-secret-comparisons.mjs'] },
  { name: 'licences', command: ['node', 'scripts/check-licences.mjs'] },
  { name: 'install-scripts', command: ['node', 'scripts/check-install-scripts.mjs'] },
  { name: 'sbom', command: ['node', 'scripts/check-sbom.mjs'] },
];

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  say(`no such step: ${unknown.join(', ')}; there are ${STEPS.map((step) => step.name).join(', ')}`);
  process.exit(2);
}

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
/** @type {import('./lib/tally.mjs').Tally[]} */
const tallies = [];
for (const { name, command } of STEPS.filter((step) => wanted.length === 0 || wanted.includes(step.name))) {
  say(`\n── ${name}: ${command.join(' ')}`);
  const { code } = await foreground('pnpm', ['exec', ...command], { cwd: root, env });
  say(code === 0 ? `ok: ${name}` : `FAILED: ${name} (exit code ${code})`);
  tallies.push({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });
}
const total = addTallies(tallies);
process.exitCode = exitCodeOf(total, { refuseSkips: true });
say(renderTally(total));
