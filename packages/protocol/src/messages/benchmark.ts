// A node's signed measurement of its own behaviour: `POST /v1/benchmarks/{node_id}`.

import { MEASURED_BY } from '@mesh/scoring';
import { z } from 'zod';
import * as field from '../fields.ts';
import { attestationEnvelope } from './attestation.ts';

export const measuredBy = z.enum(MEASURED_BY);

const scores = field
  .perMetric(z.number().min(0).max(1))
  .refine((named) => typeof named.overall === 'number', 'must have an `overall` score between 0 and 1');

export const benchmarkMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  timestamp: field.timestamp,
  sent_at: field.timestamp,
  suite_version: field.singleLine(128).min(1),
  sequence: field.sequence,
  instance_id: field.instanceId,
  challenge: field.opaque(1, 64).optional(),
  scores,
  samples: field.perMetric(field.count).optional(),
  measured_by: measuredBy.optional(),
  evidence: z
    .strictObject({
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
      media_type: field.singleLine(128).min(1),
      harness: field.singleLine(128).min(1),
    })
    .optional(),
  /** By whom it was measured, for `third_party`: the message says the same as the statement inside. */
  attestation: attestationEnvelope.optional(),
  /** The key that the node wants its keys sealed to from now on: fresh, and lost when the agent ends. */
  kem_public_key: field.kemPublicKey.optional(),
  /** Free text, several lines allowed: never show it unescaped. */
  notes: field.freeText(2048).optional(),
  signature: field.signature,
});

/** A benchmark as it is on the wire. */
export type BenchmarkMessage = z.infer<typeof benchmarkMessage>;

export const membership = z.enum(['ALLOWED', 'DENIED', 'UNKNOWN']);
export type Membership = z.infer<typeof membership>;

/** The answer to an accepted benchmark, which is on disk by then. */
export const benchmarkAnswer = z.object({
  status: z.literal('received'),
  node_id: field.nodeId,
  epoch_id: field.count,
  membership,
  reason: z.string().max(1024),
  reason_code: z.string().max(64),
  server_time_ms: field.instantMs,
  /** Another agent with the same identity was here recently. */
  other_instance: z
    .object({ instance_id: z.string().max(64).nullable(), seen_at: z.string().max(40) })
    .optional(),
});
export type BenchmarkAnswer = z.infer<typeof benchmarkAnswer>;
