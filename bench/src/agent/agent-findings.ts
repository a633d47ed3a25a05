// Summarises the rounds of the agent's benchmark, with what is to be reached at 1,000 peers.

import { less, type Measurement, type Table } from '../report.ts';
import { pairedRatio, summarise } from '../statistics.ts';
import { missedTarget } from '../targets.ts';
import type { AgentRound } from './agent-round.ts';

/** The prompts of the two suites that are compared. */
export interface CanaryRound {
  readonly short: { readonly prompts: number; readonly peakMiB: number };
  readonly long: { readonly prompts: number; readonly peakMiB: number };
}

const TARGETS = {
  residentMiB: 120,
  /** Of a core, the commands that the agent runs included. */
  idleShare: 0.005,
  setMs: 10,
  answerToTunnelMs: 1_000,
  /** The peak of the long suite to that of the short one. */
  canaryRatio: 1.25,
};

export interface AgentFindings {
  readonly tables: readonly Table[];
  readonly missed: readonly string[];
}

export function agentFindings(
  peers: number,
  rounds: readonly AgentRound[],
  canaries: readonly CanaryRound[],
): AgentFindings {
  const title = `${peers.toLocaleString('en-US')} peers`;
  const idle = rounds.map(({ idleOwn, idleCommands }) => idleOwn + idleCommands);
  const resident = rounds.map(({ residentMiB }) => residentMiB);
  const set = given(rounds.map(({ setMs }) => setMs));
  const tunnel = given(rounds.map(({ answerToTunnelMs }) => answerToTunnelMs));
  const [shortPeaks, longPeaks] = [
    canaries.map(({ short }) => short.peakMiB),
    canaries.map(({ long }) => long.peakMiB),
  ];
  const canaryRatio = pairedRatio(longPeaks, shortPeaks);
  const short = `a suite of ${canaries[0]?.short.prompts} prompts`;
  const long = `a suite of ${canaries[0]?.long.prompts} prompts`;
  return {
    tables: [
      {
        title: `${title}: memory (target: under ${TARGETS.residentMiB} MiB resident after the idle time)`,
        rows: [
          less('agent, resident after the idle time', 'MiB', resident),
          less(
            'agent, highest',
            'MiB',
            rounds.map(({ highestMiB }) => highestMiB),
          ),
          ...optional('wireguard-go, resident', 'MiB', given(rounds.map(({ wireguardMiB }) => wireguardMiB))),
        ],
      },
      {
        title: `${title}: CPU (target: under ${percent(TARGETS.idleShare)} of a core when idle)`,
        rows: [
          less('idle: agent and its commands', '% of a core', idle.map(hundredfold)),
          less(
            'idle: agent',
            '% of a core',
            rounds.map(({ idleOwn }) => hundredfold(idleOwn)),
          ),
          less(
            'idle: its commands (ip, nft)',
            '% of a core',
            rounds.map(({ idleCommands }) => hundredfold(idleCommands)),
          ),
          ...optional(
            'idle: wireguard-go',
            '% of a core',
            given(rounds.map(({ idleWireguard }) => idleWireguard)).map(hundredfold),
          ),
          less(
            'an epoch: agent',
            'ms of CPU',
            rounds.map(({ epochCpuMs }) => epochCpuMs),
          ),
        ],
      },
      {
        title: `${title}: a change of all keys (target: under ${TARGETS.setMs} ms on the interface)`,
        rows: [
          ...optional('the interface alone, one set', 'ms', set),
          less(
            'the agent: both sets, read before and after',
            'ms',
            rounds.map(({ keyChangeMs }) => keyChangeMs),
          ),
        ],
      },
      {
        title: `${title}: a start on a host without an interface (target: first tunnel under ${TARGETS.answerToTunnelMs} ms after the answer)`,
        rows: [
          ...optional('from the answer with the keys to the first handshake', 'ms', tunnel),
          ...optional(
            'from the start to the first handshake',
            'ms',
            given(rounds.map(({ startToTunnelMs }) => startToTunnelMs)),
          ),
          less(
            'from the start to keys at every peer',
            'ms',
            rounds.map(({ startToAllMs }) => startToAllMs),
          ),
        ],
      },
      {
        title: `The process that measures a service: highest memory (target: ratio under ${TARGETS.canaryRatio})`,
        baseline: short,
        rows: [less(short, 'MiB', shortPeaks), { ...less(long, 'MiB', longPeaks), ratio: canaryRatio }],
      },
    ],
    missed: [
      ...missedTarget(
        `${title}: the agent's resident memory`,
        summarise(resident).median,
        TARGETS.residentMiB,
        'MiB',
      ),
      ...missedTarget(
        `${title}: the idle CPU of the agent and its commands`,
        hundredfold(summarise(idle).median),
        hundredfold(TARGETS.idleShare),
        '% of a core',
      ),
      ...missedIfAny(`${title}: the set of all keys`, set, TARGETS.setMs, 'ms'),
      ...missedIfAny(`${title}: from the answer to the first tunnel`, tunnel, TARGETS.answerToTunnelMs, 'ms'),
      ...missedTarget(
        `the memory for ${long} to that for ${short}`,
        canaryRatio.median,
        TARGETS.canaryRatio,
        'times',
      ),
    ],
  };
}

const hundredfold = (share: number): number => share * 100;
const percent = (share: number): string => `${hundredfold(share)} %`;

function given(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function optional(name: string, unit: string, values: readonly number[]): Measurement[] {
  return values.length === 0 ? [] : [less(name, unit, values)];
}

function missedIfAny(what: string, values: readonly number[], target: number, unit: string): string[] {
  return values.length === 0 ? [] : missedTarget(what, summarise(values).median, target, unit);
}
