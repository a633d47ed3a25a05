// The numbers of a result, as the details of its entry have them.

import { defined, PrimitivesError, parseRfc3339 } from '@mesh/primitives';
import type { Drift, Reputation, Watch } from '@mesh/scoring';
import * as z from 'zod';
import type { JudgedResult } from '../judged-state.ts';
import type { LoggedEntry } from './check-entries.ts';

const instant = z.string().transform((text) => parseRfc3339(text));
const numbers = z.record(z.string(), z.number());

const watch = z
  .strictObject({
    measured_at: instant,
    arrived_at: instant,
    metrics: z.record(
      z.string(),
      z.strictObject({
        asked: z.number(),
        evidence: z.array(z.number()),
        prompts: z.number(),
        good: z.number(),
      }),
    ),
  })
  .transform(
    ({ measured_at: measuredAtMs, arrived_at: arrivedAtMs, metrics }): Watch => ({
      measuredAtMs,
      arrivedAtMs,
      metrics: metrics as Watch['metrics'],
    }),
  );

const drift = z
  .strictObject({
    measured_at: instant,
    arrived_at: instant,
    dimensions: z.record(z.string(), z.record(z.string(), z.union([z.number(), numbers]))),
    outlier: z.strictObject({ score: z.number(), in_a_row: z.number() }).optional(),
    reputation: numbers.optional(),
  })
  .transform(
    ({ measured_at: measuredAtMs, arrived_at: arrivedAtMs, dimensions, outlier, reputation }): Drift => ({
      measuredAtMs,
      arrivedAtMs,
      dimensions: dimensions as unknown as Drift['dimensions'],
      ...(outlier === undefined ? {} : { outlier: { score: outlier.score, inARow: outlier.in_a_row } }),
      ...(reputation === undefined ? {} : { reputation: reputation as unknown as Reputation }),
    }),
  );

const details = z.strictObject({
  scores: numbers,
  samples: numbers.nullable(),
  measured_by: z.string(),
  suite_version: z.string(),
  measured_at: instant,
  arrived_at: instant,
  watch: watch.optional(),
  signals: numbers.optional(),
  sent_at: instant.optional(),
  drift: drift.optional(),
  attestor: z.string().optional(),
});

/** @returns undefined if they have a form that this version does not know */
export function resultOf(entry: LoggedEntry): JudgedResult | undefined {
  const found = read(entry);
  if (found === undefined) return undefined;
  const { scores, measured_by: measuredBy, measured_at: measuredAtMs, arrived_at: arrivedAtMs } = found;
  const { samples, signals, sent_at: sentAtMs } = found;
  return {
    benchmark: {
      ...{ scores, measuredBy, measuredAtMs, arrivedAtMs },
      ...defined({ samples: samples ?? undefined, signals, sentAtMs, drift: found.drift }),
    },
    ...defined({ watch: found.watch }),
  };
}

function read(entry: LoggedEntry): z.output<typeof details> | undefined {
  try {
    return details.safeParse(entry.details).data;
  } catch (error) {
    if (error instanceof PrimitivesError) return undefined;
    throw error;
  }
}
