// Is this tree slower than the base? Every benchmark runs in turns: base, this, base, this, and so on, each
// turn in a process of its own.

import { interleave } from '../interleave.ts';
import { describeMachine, type Machine } from '../machine.ts';
import { describeWorkTree, findBase, type WorkTree } from './find-base.ts';
import { isWorseThan } from './judge-change.ts';
import { layOutBase } from './lay-out-base.ts';
import { type ComparedFigure, type PairedFigures, pairFigures } from './pair-figures.ts';
import { requireBenchmarks, runTurn, type Tree, type TurnReport } from './tree-turn.ts';

export interface ComparedBenchmark extends PairedFigures {
  readonly benchmark: string;
  readonly rounds: number;
}

export interface Comparison {
  readonly base: { readonly ref: string; readonly commit: string };
  readonly this: WorkTree;
  readonly started_at: string;
  readonly quick: boolean;
  readonly machine: Machine;
  readonly benchmarks: readonly ComparedBenchmark[];
}

export interface ComparePlan {
  /** The top of this tree. */
  readonly root: string;
  /** A commit, tag or branch. */
  readonly ref: string;
  /** Those of this tree that run, with the rounds that count. */
  readonly benchmarks: readonly { readonly name: string; readonly rounds: number }[];
  readonly quick: boolean;
  /** Prints a line for the person who waits. */
  readonly say: (line: string) => void;
}

/** @throws CompareError */
export async function compareTrees({ root, ref, benchmarks, quick, say }: ComparePlan): Promise<Comparison> {
  const commit = await findBase(root, ref);
  const base: Tree = { name: 'base', root: await layOutBase(root, commit, say) };
  const ours: Tree = { name: 'this tree', root };
  const names = benchmarks.map(({ name }) => name);
  for (const tree of [base, ours]) await requireBenchmarks(tree, names);
  const about = {
    base: { ref, commit },
    this: await describeWorkTree(root),
    started_at: new Date().toISOString(),
    quick,
    machine: describeMachine(),
  };
  const compared: ComparedBenchmark[] = [];
  for (const { name, rounds } of benchmarks) {
    say(`${name}: a turn of each that does not count, then ${rounds} that do`);
    const turns = [base, ours].map((tree) => ({
      name: tree.name,
      run: () => runTurn(tree, name, quick),
    }));
    const reports: ReadonlyMap<string, TurnReport[]> = await interleave(turns, rounds, (turn, round, all) =>
      say(`  round ${round}/${all}  ${turn}`),
    );
    const paired = pairFigures(reports.get(base.name) ?? [], reports.get(ours.name) ?? []);
    compared.push({ benchmark: name, rounds, ...paired });
  }
  return { ...about, benchmarks: compared };
}

/** The figures that are worse by more than `factor`, with the name of their benchmark. */
export function worseFigures(
  { benchmarks }: Comparison,
  factor: number,
): readonly { readonly benchmark: string; readonly figure: ComparedFigure }[] {
  return benchmarks.flatMap(({ benchmark, figures }) =>
    figures.filter((figure) => isWorseThan(figure, factor)).map((figure) => ({ benchmark, figure })),
  );
}
