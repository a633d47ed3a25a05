// One turn of a tree: a benchmark in a process of its own, run by that tree's own code.

import { join } from 'node:path';
import * as z from 'zod';
import { compileCacheFolderOf } from '../../../scripts/lib/warm-compile-cache.mjs';
import { BETTER } from '../report.ts';
import { CompareError } from './compare-error.ts';
import { type Ended, reasonOf, runProgram } from './run-program.ts';

export interface Tree {
  readonly name: 'base' | 'this tree';
  /** Its top folder. */
  readonly root: string;
}

/**
 * What is read of a report (`report.ts`). A base is older or newer than this tree, so fields that are not
 * compared are ignored. `better` was added later than the rest.
 */
const reportSchema = z.object({
  tables: z.array(
    z.object({
      title: z.string(),
      rows: z.array(
        z.object({
          name: z.string(),
          unit: z.string(),
          median: z.number(),
          better: z.enum(BETTER).optional().catch(undefined),
        }),
      ),
    }),
  ),
});

export type TurnReport = z.infer<typeof reportSchema>;

/**
 * Fails at once if a benchmark is missing, instead of after the turns of those before it.
 *
 * @throws CompareError `no-benchmark`, or `turn-failed` if the tree's benchmarks cannot even be listed
 */
export async function requireBenchmarks(tree: Tree, names: readonly string[]): Promise<void> {
  const help = await runBench(tree, ['--help']);
  if (help.ended !== 0) {
    throw new CompareError(
      'turn-failed',
      `the benchmarks of ${tree.name} cannot be listed: ${reasonOf(help)}`,
    );
  }
  const listed = new Set(help.stdout.split('\n').map((line) => /^ {2}(\S+) /.exec(line)?.[1]));
  const missing = names.filter((name) => !listed.has(name));
  if (missing.length > 0) {
    throw new CompareError(
      'no-benchmark',
      `${tree.name} has no benchmark ${missing.join(', ')}: name those that both trees have`,
    );
  }
}

/** @throws CompareError `turn-failed` if the process prints no report */
export async function runTurn(tree: Tree, benchmark: string, quick: boolean): Promise<TurnReport> {
  const args = [benchmark, '--json', '--rounds', '1', ...(quick ? ['--quick'] : [])];
  const turn = await runBench(tree, args);
  const report = readReport(turn);
  if (report !== undefined) return report;
  throw new CompareError('turn-failed', `${benchmark} failed in ${tree.name}: ${reasonOf(turn)}`);
}

function runBench({ root }: Tree, args: readonly string[]): Promise<Ended> {
  return runProgram(
    process.execPath,
    ['--conditions=@mesh/source', join(root, 'bench/src/main.ts'), ...args],
    {
      cwd: root,
      env: { NODE_COMPILE_CACHE: compileCacheFolderOf(root) },
      remedy: 'run this with a Node that is still installed',
    },
  );
}

/** A benchmark that misses a target ends with 1, but prints its report like any other. */
function readReport({ ended, stdout }: Ended): TurnReport | undefined {
  if (ended !== 0 && ended !== 1) return undefined;
  try {
    return reportSchema.safeParse(JSON.parse(stdout)).data;
  } catch {
    return undefined;
  }
}
