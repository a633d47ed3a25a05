// The whole test run, `npm test`: WireGuard's tools, the build (the packed packages are tested too), every
// test project. What failed is named once more at the end, a line each. The last line is the total,
// `N passed, N failed`, with `, N skipped` if any were. It exits with 1 if anything failed and, with CI=true,
// if anything was skipped.
//
// Expects pnpm and a suitable Node on PATH: scripts/bootstrap.mjs provides both.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeLab, ensureWireguard, LAB_TOOLS, TEST_TOOLS } from './ensure-wireguard.mjs';
import { foreground } from './lib/child-process.mjs';
import { addTallies, describeFailures, exitCodeOf, renderTally, tallyVitestReport } from './lib/tally.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const reportFile = join(root, '.cache', 'vitest-report.json');
const inCi = process.env.CI === 'true';

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<import('./lib/tally.mjs').Tally>} */
async function build(env) {
  say('\n── build');
  const { code } = await foreground('pnpm', ['run', 'build'], { cwd: root, env });
  // A build that works does not count as a passed test. One that fails counts as a failure.
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} args
 * @returns {Promise<import('./lib/tally.mjs').Tally>}
 */
async function vitest(env, args) {
  say('\n── vitest');
  mkdirSync(dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const { code } = await foreground(
    'pnpm',
    [
      'exec',
      'vitest',
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportFile}`,
      ...args,
    ],
    { cwd: root, env },
  );
  try {
    const report = JSON.parse(readFileSync(reportFile, 'utf8'));
    const tally = tallyVitestReport(report);
    for (const line of describeFailures(report, root)) say(line);
    return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } catch (error) {
    say(`vitest ended with exit code ${code} and left no readable report: ${error}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const lab = await ensureWireguard({ log: say, tools: [...LAB_TOOLS, ...TEST_TOOLS] });
for (const line of describeLab(lab)) say(line);
const env = { ...process.env, ...lab.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };

const total = addTallies([await build(env), await vitest(env, process.argv.slice(2))]);
if (inCi && total.skipped > 0) say(`\n${total.skipped} skipped: refused where CI=true`);
process.exitCode = exitCodeOf(total, { refuseSkips: inCi });
say(renderTally(total));
