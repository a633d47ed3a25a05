//   npm run bench -- NAME [--json] [--quick] [--rounds N] [--profile DIR]
//   npm run bench -- compare BASE [NAME…] [--json] [--quick] [--rounds N] [--fail-above FACTOR]
//
// Figures go to standard output, everything else to standard error.

import { join } from 'node:path';
import { type MeasureArguments, readArguments, UsageError } from './arguments.ts';
import type { Benchmark } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { compareCommand } from './compare/compare-command.ts';
import { COMPARED_BY_DEFAULT } from './compare/compared-by-default.ts';
import { endProgramOnSignals } from './compare/run-program.ts';
import { measure } from './measure.ts';
import { renderReport } from './report.ts';
import { usage } from './usage.ts';

const EXIT_MISSED = 1;
const EXIT_USAGE = 2;
const ROOT = join(import.meta.dirname, '../..');
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function benchmarkNamed(wanted: string): Benchmark {
  const benchmark = benchmarks.find(({ name }) => name === wanted);
  if (benchmark === undefined) throw new UsageError(`there is no benchmark ${wanted}`);
  return benchmark;
}

async function measureCommand(args: MeasureArguments): Promise<number> {
  if (args.name === undefined) throw new UsageError('which benchmark?');
  const report = await measure(benchmarkNamed(args.name), { ...args, say });
  print(args.json ? JSON.stringify(report) : renderReport(report));
  const missed = report.missed ?? [];
  // With --json, standard output has only the document.
  if (args.json) for (const line of missed) say(`MISSED: ${line}`);
  return missed.length === 0 ? 0 : EXIT_MISSED;
}

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  switch (args.kind) {
    case 'help':
      print(usage());
      return 0;
    case 'measure':
      return measureCommand(args);
    case 'compare': {
      const names = args.names.length === 0 ? COMPARED_BY_DEFAULT : args.names;
      const selected = names.map(benchmarkNamed);
      endProgramOnSignals();
      return compareCommand(args, { root: ROOT, benchmarks: selected, print, say });
    }
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(`${error.message}\n\n${usage()}`);
  process.exitCode = EXIT_USAGE;
}
