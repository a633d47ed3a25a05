// The numbers of a result, as the details of its entry have them.

import { defined, PrimitivesError, parseRfc3339 } from '@mesh/primitives';
import type { Watch } from '@mesh/scoring';
import { z } from 'zod';
import type { JudgedResult } from '../judged-state.ts';
import type { LoggedEntry } from './check-entries.ts';
import { Refutation } from './proof-report.ts';

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

const details = z.strictObject({
  scores: numbers,
  samples: numbers.nullable(),
  measured_by: z.string(),
  suite_version: z.string(),
  measured_at: instant,
  arrived_at: instant,
  watch: watch.optional(),
});

/** @throws Refutation `details_differ` if they have another form */
export function resultOf(entry: LoggedEntry): JudgedResult {
  const found = read(entry);
  if (found === undefined)
    throw new Refutation(
      'details',
      'details_differ',
      `the details of entry ${entry.index} have another form`,
    );
  const {
    scores,
    samples,
    measured_by: measuredBy,
    measured_at: measuredAtMs,
    arrived_at: arrivedAtMs,
  } = found;
  return {
    benchmark: {
      scores,
      measuredBy,
      measuredAtMs,
      arrivedAtMs,
      ...defined({ samples: samples ?? undefined }),
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
