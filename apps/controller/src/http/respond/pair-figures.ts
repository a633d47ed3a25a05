// What an end measures of a pair, and a node of all its pairs, as operators see it.

import type { FigureTotals, PairMeasured } from '@mesh/membership';
import type { NodeSummary, PairFigures } from '@mesh/protocol';

/** @param measured undefined if the end does not say */
export function pairFiguresOf(measured: PairMeasured | undefined): PairFigures | null {
  if (measured === undefined) return null;
  const { traffic, path } = measured;
  return {
    traffic:
      traffic === undefined
        ? null
        : {
            received_bytes: traffic.receivedBytes,
            sent_bytes: traffic.sentBytes,
            rates: ratesOf(traffic),
          },
    probes: {
      ...{ state: path.state, sent: path.sent, answered: path.answered },
      loss: path.loss ?? null,
      rtt_ms: path.rttMs ?? null,
      worst_rtt_ms: path.worstRttMs ?? null,
      age_ms: path.ageMs === undefined ? null : Math.round(path.ageMs),
    },
  };
}

function ratesOf({ rates }: NonNullable<PairMeasured['traffic']>) {
  if (rates === undefined) return null;
  return { received: rates.received, sent: rates.sent, over_ms: Math.round(rates.overMs) };
}

export function figuresTotalOf(
  totals: FigureTotals,
): NonNullable<NonNullable<NodeSummary['tunnels']>['figures']> {
  return {
    received: totals.received ?? null,
    sent: totals.sent ?? null,
    loss: totals.loss ?? null,
    rtt_ms: totals.rttMs ?? null,
    without_answer: totals.withoutAnswer,
  };
}
