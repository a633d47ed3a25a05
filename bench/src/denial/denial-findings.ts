// Summarises rounds of denials: percentiles over every agent of every denial, and over the last agent of each
// denial. The target is for the last agent, because only then is the node off the whole mesh.

import { less, type Measurement, type Table } from '../report.ts';
import { quantile, summarise } from '../statistics.ts';
import { missedTarget } from '../targets.ts';

export const CAUSES = ['bad score', 'revocation', 'staleness'] as const;
export type Cause = (typeof CAUSES)[number];

export interface Denial {
  readonly cause: Cause;
  /** Milliseconds to the removal at each agent. */
  readonly latencies: readonly number[];
}

export interface Round {
  readonly denials: readonly Denial[];
  /** CPU time of all agents together, for one denial. */
  readonly agentsCpuMs: number;
  readonly generatorLoad: number;
  readonly controllerCpuMs: number | undefined;
}

export interface Scene {
  readonly agents: number;
  /** The limit for the p99 over the last agents. */
  readonly targetMs: number;
  /** The limit for the controller's CPU time of one denial. */
  readonly cpuTargetMs?: number;
}

export function denialFindings(
  { agents, targetMs, cpuTargetMs }: Scene,
  rounds: readonly Round[],
): { readonly tables: readonly Table[]; readonly missed: readonly string[] } {
  const title = `${agents.toLocaleString('en-US')} agents`;
  const denials = rounds.flatMap((round) => round.denials);
  const last = lastAgents(denials);
  const p99 = quantile(last, 0.99);
  const cpu = rounds.map(({ controllerCpuMs }) => controllerCpuMs).filter((ms) => ms !== undefined);
  const agentsCpu = rounds.map(({ agentsCpuMs }) => agentsCpuMs);
  return {
    tables: [
      {
        title: `${title}: to the removal, by round`,
        rows: CAUSES.flatMap((cause) => {
          const byRound = rounds.map((round) => everyAgent(of(round.denials, cause)));
          return [0.5, 0.99].map((share) =>
            inMs(
              `${cause}, p${100 * share}`,
              byRound.map((values) => quantile(values, share)),
            ),
          );
        }),
      },
      { title: `${title}: every agent of all ${denials.length} denials`, rows: spread(everyAgent(denials)) },
      {
        title: `${title}: the last agent of each denial (target: p99 under ${targetMs} ms, ${p99 < targetMs ? 'met' : 'missed'})`,
        rows: [
          ...spread(last),
          ...CAUSES.map((cause) => inMs(`${cause}, p99`, [quantile(lastAgents(of(denials, cause)), 0.99)])),
        ],
      },
      {
        title: `${title}: CPU${cpuTargetMs === undefined ? '' : ` (target: at most ${cpuTargetMs} ms of the controller's)`}`,
        rows: [
          ...(cpu.length === 0 ? [] : [inMs("controller's, a denial", cpu)]),
          inMs("all agents' together, a denial", agentsCpu),
          {
            name: "an agent's, a denial",
            unit: 'µs',
            better: 'neither',
            ...summarise(agentsCpu.map((ms) => (ms * 1000) / agents)),
          },
          {
            name: "generator's while a denial was under way",
            unit: 'of one core',
            better: 'neither',
            ...summarise(rounds.map(({ generatorLoad }) => generatorLoad)),
          },
        ],
      },
    ],
    missed: [
      ...missedTarget(`${title}: p99 to the removal at the last agent`, p99, targetMs, 'ms'),
      ...missedCpu(title, cpu, cpuTargetMs),
    ],
  };
}

/** The median of the rounds counts. Without /proc there is no CPU time to judge. */
function missedCpu(title: string, cpu: readonly number[], targetMs: number | undefined): string[] {
  if (targetMs === undefined || cpu.length === 0) return [];
  const { median } = summarise(cpu);
  return median <= targetMs
    ? []
    : [
        `${title}: a denial takes ${median.toFixed(0)} ms of the controller's CPU, and is to take at most ${targetMs} ms`,
      ];
}

const of = (denials: readonly Denial[], wanted: Cause) => denials.filter(({ cause }) => cause === wanted);
const everyAgent = (denials: readonly Denial[]) => denials.flatMap(({ latencies }) => latencies);
const lastAgents = (denials: readonly Denial[]) => denials.map(({ latencies }) => Math.max(...latencies));

const inMs = (name: string, values: readonly number[]): Measurement => less(name, 'ms', values);

function spread(values: readonly number[]): Measurement[] {
  return [
    inMs('p50', [quantile(values, 0.5)]),
    inMs('p99', [quantile(values, 0.99)]),
    inMs('slowest', [Math.max(...values)]),
  ];
}
