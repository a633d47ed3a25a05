// `npm run e2e -- SCENARIO [--json]`: tests one claim about enforcement with packets on real WireGuard.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMissing, enterLab } from '@mesh/e2e';
import { bundlePrograms } from '../../scripts/lib/bundle-programs.mjs';
import { runTestsInFull } from './run-in-full.ts';
import type { Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

const HELP = `npm run e2e -- SCENARIO [--without MECHANISM] [--json] [--quick]

${Object.entries(scenarios)
  .flatMap(([name, { about, mechanisms, takes = {} }]) => [
    `  ${name.padEnd(11)} ${about}`,
    ...Object.entries(takes).map(([number, what]) => `  ${''.padEnd(11)}   --${number} N: ${what}`),
    ...Object.entries(mechanisms).map(
      ([mechanism, { about: what }]) => `  ${''.padEnd(11)}   --without ${mechanism}: ${what}`,
    ),
  ])
  .join('\n')}
  packages    the Debian packages in a system of their own: installed, upgraded, removed, purged (--from DIR)
  images      the container images, built by buildah from the packages (--from DIR)
  tests       every test, also those that \`npm test\` leaves out because they take long

  --without  switches off what keeps the claim, to show that it fails then (exit code 1)
  --json     one JSON document on standard output
  --quick    fewer rounds, to see whether it runs

Exit codes: 0 the claim held, 1 it did not, 2 bad arguments, 3 WireGuard cannot run here.
`;

function usage(message: string): never {
  process.stderr.write(`e2e: ${message}\n\n${HELP}`);
  process.exit(2);
}

/** The options with numbers of all scenarios. */
const NUMBERS = new Set(Object.values(scenarios).flatMap(({ takes = {} }) => Object.keys(takes)));

/** @param given what was given for the options with numbers */
function readNumbers(
  scenario: Scenario,
  given: Readonly<Record<string, string | boolean | undefined>>,
): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const name of NUMBERS) {
    const text = given[name];
    if (typeof text !== 'string') continue;
    if (scenario.takes?.[name] === undefined) usage(`this scenario takes no --${name}`);
    if (!/^[1-9]\d{0,9}$/.test(text)) usage(`--${name} takes a whole number from 1`);
    numbers[name] = Number(text);
  }
  return numbers;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        ...Object.fromEntries([...NUMBERS].map((name) => [name, { type: 'string' } as const])),
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        without: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const { json = false, quick = false } = values;
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    const scenario = scenarios[positionals[0] ?? ''];
    if (scenario === undefined || positionals.length !== 1) usage('name one scenario');
    const without = values.without === undefined ? undefined : scenario.mechanisms[values.without];
    if (values.without !== undefined && without === undefined) {
      const known = Object.keys(scenario.mechanisms).join(', ');
      usage(`there is no mechanism "${values.without}" in ${positionals[0]}: ${known}`);
    }
    return { json, quick, without, scenario, numbers: readNumbers(scenario, values) };
  } catch (error) {
    usage(error instanceof Error ? error.message : String(error));
  }
}

const [first = '', ...others] = process.argv.slice(2);
if (first === 'packages' || first === 'images') {
  const script = join(import.meta.dirname, '../../scripts', `try-${first}.mjs`);
  process.exit(spawnSync(process.execPath, [script, ...others], { stdio: 'inherit' }).status ?? 1);
}
if (process.argv.slice(2).join() === 'tests') process.exit(runTestsInFull());
const { json, quick, without, scenario, numbers } = readArguments();
const probe = enterLab();
if (probe.mode === 'none') {
  process.stderr.write(`${describeMissing(probe.missing, probe.remedies)}\n`);
  process.exit(3);
}
// From source, each run of a benchmark and each question of an exam would cost five times as much.
process.env.TEST_PROGRAMS = bundlePrograms();
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const result = await scenario.run({ mode: probe.mode, quick, without, numbers, say });
if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else {
  for (const [name, value] of Object.entries(result.measured))
    process.stdout.write(`${name.padEnd(34)} ${JSON.stringify(value)}\n`);
  process.stdout.write(`${result.ok ? 'held' : 'DID NOT HOLD'}: ${scenario.about}\n`);
}
process.exitCode = result.ok ? 0 : 1;
