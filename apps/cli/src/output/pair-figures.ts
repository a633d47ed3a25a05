// What an end measures of a pair, in cells of a table. Where there is no figure, a cell says why or nothing.

import { formatBytes, type PairFigures } from '@mesh/protocol';

/** For people. */
const WHY_NOT: Readonly<Record<PairFigures['probes']['state'], string>> = {
  measured: 'not measured',
  too_few: 'too few probes yet',
  no_answer: 'no answer to probes',
  old: 'probes are too old',
  off: 'not probed',
};

export const FIGURE_COLUMNS = ['RTT', 'WORST', 'LOSS', 'RECEIVES', 'SENDS'] as const;

/** Undefined: an older controller, which does not say. */
export type Figures = PairFigures | null | undefined;

export function figureCells(figures: Figures): readonly string[] {
  if (figures == null) return ['-', '-', '-', '-', '-'];
  const { traffic, probes } = figures;
  return [
    formatRtt(probes.rtt_ms) ?? WHY_NOT[probes.state],
    formatRtt(probes.worst_rtt_ms) ?? '-',
    probes.loss === null ? '-' : `${formatLoss(probes.loss)} of ${probes.sent}`,
    formatRate(traffic?.rates?.received),
    formatRate(traffic?.rates?.sent),
  ];
}

export const formatRtt = (rttMs: number | null | undefined): string | undefined =>
  rttMs == null ? undefined : `${rttMs.toFixed(1)} ms`;

export const formatLoss = (loss: number): string => `${Math.round(loss * 100)} %`;

/** @param bytesPerSecond null or undefined if it is not known */
export const formatRate = (bytesPerSecond: number | null | undefined): string =>
  bytesPerSecond == null ? '-' : `${formatBytes(bytesPerSecond)}/s`;
