// `npm run e2e -- SCENARIO [--json]`: tests one claim about enforcement with packets on real WireGuard.

import { parseArgs } from 'node:util';
import { describeMissing, enterLab } from '@mesh/e2e';
import { scenarios } from './scenarios.ts';

const HELP = `npm run e2e -- SCENARIO [--without MECHANISM] [--json] [--quick]

${Object.entries(scenarios)
  .flatMap(([name, { about, mechanisms }]) => [
    `  ${name.padEnd(11)} ${about}`,
    ...Object.entries(mechanisms).map(
      ([mechanism, { about: what }]) => `  ${''.padEnd(11)}   --without ${mechanism}: ${what}`,
    ),
  ])
  .join('\n')}

  --without  switches off what keeps the claim, to show that it fails then (exit code 1)
  --json     one JSON document on standard output
  --quick    fewer rounds, to see whether it runs

Exit codes: 0 the claim held, 1 it did not, 2 bad arguments, 3 WireGuard cannot run here.
`;

function usage(message: string): never {
  process.stderr.write(`e2e: ${message}\n\n${HELP}`);
  process.exit(2);
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        without: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
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
    return { ...values, without, scenario };
  } catch (error) {
    usage(error instanceof Error ? error.message : String(error));
  }
}

const { json, quick, without, scenario } = readArguments();
const probe = enterLab();
if (probe.mode === 'none') {
  process.stderr.write(`${describeMissing(probe.missing, probe.remedies)}\n`);
  process.exit(3);
}
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const result = await scenario.run({ mode: probe.mode, quick, without, say });
if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
else {
  for (const [name, value] of Object.entries(result.measured))
    process.stdout.write(`${name.padEnd(34)} ${JSON.stringify(value)}\n`);
  process.stdout.write(`${result.ok ? 'held' : 'DID NOT HOLD'}: ${scenario.about}\n`);
}
process.exitCode = result.ok ? 0 : 1;
