// The form in which programs get a backtest.

import { formatRfc3339 } from '@mesh/primitives';
import type { PolicyBacktest } from '@mesh/protocol';
import { type ComparedNode, describeReason } from '@mesh/scoring';
import type { Backtest } from './run-backtest.ts';

export function renderBacktest({
  firstMs,
  lastMs,
  results,
  erased,
  recordedCuts,
  nodes,
}: Backtest): PolicyBacktest {
  return {
    from: firstMs === undefined ? null : formatRfc3339(firstMs),
    to: lastMs === undefined ? null : formatRfc3339(lastMs),
    results,
    erased_results: erased,
    nodes: nodes.map(({ nodeId, effect, now, wouldBe, first }) => ({
      node_id: nodeId,
      effect,
      recorded_cuts: recordedCuts.get(nodeId) ?? 0,
      now: toWire(now),
      would_be: toWire(wouldBe),
      first:
        first === undefined
          ? null
          : {
              at: formatRfc3339(first.atMs),
              standing: first.standing,
              reason_code: first.reason.code,
              reason: describeReason(first.reason),
            },
    })),
  };
}

const toWire = ({ cuts, inMs, decliningMs }: ComparedNode['now']) => ({
  cuts,
  in_seconds: Math.round(inMs / 1_000),
  declining_seconds: Math.round(decliningMs / 1_000),
});
