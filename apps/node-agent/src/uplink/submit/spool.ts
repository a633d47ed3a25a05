// Keeps the newest measurement that the controller has not acknowledged on disk, so that it is still sent
// after a restart. Older measurements are not kept, because the newest one supersedes them.

import { readFile, rm } from 'node:fs/promises';
import { errorCodeOf, writeFileAtomic } from '@mesh/host';
import { defined, parseStrictJson } from '@mesh/primitives';
import { attestationEnvelope, benchmarkMessage } from '@mesh/protocol';
import * as z from 'zod';
import type { Measurement } from '../../measure/result/measurement.ts';

export interface Unsent {
  readonly measurement: Measurement;
  /**
   * Assigned before the first try and kept for retries, so that the controller can distinguish a repetition
   * from a new result.
   */
  readonly sequence?: number;
}

const evidence = z.strictObject({ sha256: z.string(), media_type: z.string(), harness: z.string() });
const content = z.strictObject({
  sequence: z.number().int().optional(),
  measurement: z.strictObject({
    measuredAtMs: z.number(),
    suiteVersion: z.string(),
    scores: z.record(z.string(), z.number()),
    samples: z.record(z.string(), z.number()).optional(),
    measuredBy: z.enum(['self', 'third_party', 'reproduced', 'enclave']).optional(),
    evidence: evidence.optional(),
    attestation: attestationEnvelope.optional(),
    notes: z.string().optional(),
    challenge: z.string().optional(),
    signals: benchmarkMessage.shape.signals,
  }),
});

/** The port of the spool. `write` resolves once the content is on disk. */
export interface Spool {
  /** @returns undefined if nothing is unsent or the file cannot be read */
  read(): Promise<Unsent | undefined>;
  write(unsent: Unsent): Promise<void>;
  clear(): Promise<void>;
}

export function createFileSpool(path: string): Spool {
  return {
    async read() {
      try {
        const { measurement, sequence } = content.parse(parseStrictJson(await readFile(path, 'utf8')));
        return {
          // zod types missing keys of `signals` as undefined, too.
          measurement: defined(measurement) as Measurement,
          ...defined({ sequence }),
        };
      } catch {
        return undefined;
      }
    },
    write: (unsent) => writeFileAtomic(path, `${JSON.stringify(unsent)}\n`),
    async clear() {
      try {
        await rm(path);
      } catch (error) {
        if (errorCodeOf(error) !== 'ENOENT') throw error;
      }
    },
  };
}
