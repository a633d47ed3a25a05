// What the programs cost before they do anything: their cold start, the size of the packages, and what they
// bring along. Needs no network. There are no targets: `compare` shows what a change adds.

import { join } from 'node:path';
import { publishedPackages } from '../../../scripts/lib/published-packages.mjs';
import type { Benchmark, BenchmarkRun } from '../benchmark.ts';
import { buildPrograms } from '../build-programs.ts';
import { interleave } from '../interleave.ts';
import { type Findings, less, type Measurement, type Table } from '../report.ts';
import { type ColdStart, install, PROGRAMS, startAll, startHelp } from './cold-starts.ts';
import { dependencyTree, sizeOf } from './package-sizes.ts';

const ROOT = join(import.meta.dirname, '../../..');
const KIB = 1024;
const MIB = 1024 * 1024;

export const footprintBenchmark: Benchmark = {
  name: 'footprint',
  summary: 'cold start of each program, size of the packages and of what they bring along',
  rounds: 5,
  run,
};

async function run({ rounds, quick, say, progress }: BenchmarkRun): Promise<Findings> {
  buildPrograms(quick ? 'as-is' : 'newest', say);
  await using installed = await install();
  const starts = quick ? 1 : 10;
  const results = await interleave(
    [
      ...PROGRAMS.map(({ name, file }) => ({
        name: `${name} --help`,
        run: async (): Promise<Record<string, ColdStart>> => ({ [name]: await startHelp(file, starts) }),
      })),
      { name: 'ready', run: () => startAll(installed) },
    ],
    rounds,
    progress,
    { warmUp: !quick },
  );
  const tables = PROGRAMS.map(({ name }): Table => {
    const of = (contender: string) => (results.get(contender) ?? []).flatMap((round) => round[name] ?? []);
    const rows = [
      ...startRows('--help', of(`${name} --help`)),
      ...startRows(name === 'meshctl' ? 'an answer shown' : 'ready', of('ready')),
    ];
    return { title: `${name}: cold start`, rows };
  });
  say('packing');
  const published = publishedPackages().filter(({ isLibrary }) => !(quick && isLibrary));
  const sizes = published.map((each) => ({ ...each, ...sizeOf(each) }));
  const programs = published.filter(({ isLibrary }) => !isLibrary);
  const trees = programs.map(({ name, folder }) => ({ name, ...dependencyTree(join(ROOT, folder)) }));
  return {
    tables: [
      ...tables,
      {
        title: 'Packages: tarball',
        rows: sizes.map(({ name, packedBytes }) => less(name, 'KiB', [packedBytes / KIB])),
      },
      {
        title: 'Packages: unpacked',
        rows: sizes.map(({ name, unpackedBytes }) => less(name, 'KiB', [unpackedBytes / KIB])),
      },
      {
        title: 'Programs: production dependencies',
        rows: trees.map(({ name, packages }) => less(name, 'packages', [packages])),
      },
      {
        title: 'Programs: size of these dependencies on disk',
        rows: trees.map(({ name, bytes }) => less(name, 'MiB', [bytes / MIB])),
      },
    ],
    notes: [
      'The programs are the built ones, started by Node without a compile cache; the files are in the system’s cache after the turn that does not count.',
      'Ready: the ports of the controller and of the witness are open, the agent’s control socket is, and meshctl has shown the nodes of a running controller.',
      'Dependencies are those installed for production in this workspace, each once, with the binaries of every platform that a package brings; packages of this workspace count as they are published.',
      ...(quick
        ? [
            'A quick run packs the programs alone, as they were last built, and has no turn that does not count.',
          ]
        : []),
    ],
  };
}

function startRows(what: string, starts: readonly ColdStart[]): Measurement[] {
  return [
    less(
      `to ${what}`,
      'ms',
      starts.map(({ wallMs }) => wallMs),
    ),
    less(
      `CPU to ${what}`,
      'ms of CPU',
      starts.map(({ cpuMs }) => cpuMs),
    ),
  ];
}
