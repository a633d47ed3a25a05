// Summarises rounds of attacks: how long a revocation took under each, and a good node's answers compared
// with idle.

import type { Measurement, Table } from '../report.ts';
import { pairedRatio, quantile, summarise } from '../statistics.ts';
import { ATTACKS, type Attack, type FloodCount } from './flood-messages.ts';

export const TARGET_MS = 250;
export const SCENES = ['idle', ...ATTACKS] as const;
export type Scene = (typeof SCENES)[number];

export interface SceneResult {
  /** Milliseconds for each of a good node's submissions, all answered. */
  readonly latencies: readonly number[];
  /** From the operator's request to its answer, milliseconds. */
  readonly revokedMs: number;
  /** From the same instant to the checked removal at a good node. */
  readonly publishedMs: number;
  /** Absent at idle. */
  readonly flood: FloodCount | undefined;
}

export type Round = Readonly<Record<Scene, SceneResult>>;

export function hostileFindings(rounds: readonly Round[]): {
  readonly tables: readonly Table[];
  readonly missed: readonly string[];
} {
  const columns = [
    {
      title: "an operator's revocation of that member, answered",
      value: (one: SceneResult) => one.revokedMs,
    },
    { title: 'the same, published: checked at a good node', value: (one: SceneResult) => one.publishedMs },
    { title: "a good node's submission, p50", value: (one: SceneResult) => quantile(one.latencies, 0.5) },
    { title: "a good node's submission, p99", value: (one: SceneResult) => quantile(one.latencies, 0.99) },
  ];
  const tables = columns.map(({ title, value }): Table => {
    const idle = rounds.map((round) => value(round.idle));
    return {
      title,
      baseline: 'idle',
      rows: SCENES.map((scene): Measurement => {
        const values = rounds.map((round) => value(round[scene]));
        const row = { name: scene, unit: 'ms', better: 'less' as const, ...summarise(values) };
        return scene === 'idle' ? row : { ...row, ratio: pairedRatio(values, idle) };
      }),
    };
  });
  return {
    tables: [
      ...tables,
      { title: 'what the flood got done', rows: ATTACKS.flatMap((attack) => floodRows(attack, rounds)) },
    ],
    missed: ATTACKS.flatMap((attack) => missedUnder(attack, rounds)),
  };
}

function floodRows(attack: Attack, rounds: readonly Round[]): Measurement[] {
  const counts = rounds.flatMap((round) => round[attack].flood ?? []);
  const row = (name: string, unit: string, value: (count: FloodCount) => number): Measurement => ({
    name: `${attack}: ${name}`,
    unit,
    better: 'neither',
    ...summarise(counts.map(value)),
  });
  return [
    row('connections', 'handshakes', ({ opened }) => opened),
    row('sent', 'requests', ({ sent }) => sent),
    row("generator's CPU", 'of one core', ({ load }) => load),
  ];
}

/**
 * Checks the slowest revocation and publication of all rounds, and the p99 of all of a good node's answers.
 */
function missedUnder(attack: Attack, rounds: readonly Round[]): string[] {
  const of = rounds.map((round) => round[attack]);
  const figures = [
    ['the revocation was answered after', Math.max(...of.map((one) => one.revokedMs))],
    ['the revocation was published after', Math.max(...of.map((one) => one.publishedMs))],
    [
      "a good node's p99 is",
      quantile(
        of.flatMap((one) => one.latencies),
        0.99,
      ),
    ],
  ] as const;
  return figures
    .filter(([, ms]) => ms >= TARGET_MS)
    .map(([what, ms]) => `${attack}: ${what} ${ms.toFixed(0)} ms, and is to be under ${TARGET_MS} ms`);
}
