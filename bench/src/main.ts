//   npm run bench -- NAME [--json] [--quick] [--rounds N] [--profile DIR]
//
// Figures go to standard output, everything else to standard error.

import { readArguments, UsageError } from './arguments.ts';
import type { Benchmark } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { describeMachine } from './machine.ts';
import { type Report, renderReport } from './report.ts';

const EXIT_MISSED = 1;
const EXIT_USAGE = 2;
const QUICK_ROUNDS = 2;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function usage(): string {
  const width = Math.max(...benchmarks.map(({ name }) => name.length));
  return [
    'usage: npm run bench -- NAME [options]',
    '',
    ...benchmarks.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '  --json         one JSON document on standard output',
    '  --quick        small and short: shows that it runs; the figures are not to be quoted',
    '  --rounds N     rounds that count',
    '  --profile DIR  write a CPU profile of each controller process (open it in any DevTools)',
    '',
    'Exit codes: 0 measured, 1 a target was missed, 2 bad arguments.',
  ].join('\n');
}

async function measure(benchmark: Benchmark, args: ReturnType<typeof readArguments>): Promise<Report> {
  const rounds = args.rounds ?? (args.quick ? QUICK_ROUNDS : benchmark.rounds);
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const findings = await benchmark.run({
    rounds,
    quick: args.quick,
    say,
    progress: (name, round, all) => say(`  round ${round}/${all}  ${name}`),
    profileDir: args.profileDir,
  });
  return {
    benchmark: benchmark.name,
    started_at: startedAt,
    quick: args.quick,
    rounds,
    machine,
    ...findings,
  };
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  if (args.help) {
    process.stdout.write(`${usage()}\n`);
    return 0;
  }
  const benchmark = benchmarks.find(({ name }) => name === args.name);
  if (benchmark === undefined) {
    say(args.name === undefined ? 'which benchmark?' : `there is no benchmark ${args.name}`);
    say(usage());
    return EXIT_USAGE;
  }
  const report = await measure(benchmark, args);
  process.stdout.write(`${args.json ? JSON.stringify(report) : renderReport(report)}\n`);
  const missed = report.missed ?? [];
  // With --json, standard output has only the document.
  if (args.json) for (const line of missed) say(`MISSED: ${line}`);
  return missed.length === 0 ? 0 : EXIT_MISSED;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(`${error.message}\n\n${usage()}`);
  process.exitCode = EXIT_USAGE;
}
