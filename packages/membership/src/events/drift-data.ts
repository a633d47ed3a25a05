// What the log entry of a result commits to for the drift signals, so that everybody to whom it is shown can
// compute what they say, and replay it under another policy.

import { defined, formatRfc3339, type JsonValue } from '@mesh/primitives';
import type { Drift } from '@mesh/scoring';
import type { AcceptedBenchmark } from './mesh-event.ts';

type Fields = { readonly [name: string]: JsonValue };

/** Empty for a result without any of it, so that the entries of a mesh without signals stay as they were. */
export function driftData({ signals, drift, sentAtMs }: AcceptedBenchmark): Fields {
  return {
    ...(signals === undefined ? {} : { signals: defined(signals) }),
    ...(drift === undefined ? {} : { sent_at: formatRfc3339(sentAtMs), drift: driftFields(drift) }),
  };
}

function driftFields({ measuredAtMs, arrivedAtMs, dimensions, outlier, reputation }: Drift): Fields {
  return {
    measured_at: formatRfc3339(measuredAtMs),
    arrived_at: formatRfc3339(arrivedAtMs),
    dimensions: Object.fromEntries(
      Object.entries(dimensions).map(([name, { level, ...numbers }]) => [
        name,
        { ...defined(numbers), ...(level === undefined ? {} : { level: { ...level } }) },
      ]),
    ),
    ...(outlier === undefined ? {} : { outlier: { score: outlier.score, in_a_row: outlier.inARow } }),
    ...(reputation === undefined ? {} : { reputation: { ...reputation } }),
  };
}
