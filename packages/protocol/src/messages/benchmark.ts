// A node's signed measurement of its own behaviour: `POST /v1/benchmarks/{node_id}`.

import { MEASURED_BY } from '@mesh/scoring';
import * as z from 'zod';
import * as field from '../fields.ts';
import { attestationEnvelope } from './attestation.ts';
import { receiptMessage } from './receipt.ts';

export const measuredBy = z.enum(MEASURED_BY);

const share = z.number().min(0).max(1);

const nodeSignals = z.strictObject({
  /** How long the service takes for an answer: the median of the result's prompts, milliseconds. */
  latency_ms: z.number().min(0).max(86_400_000).optional(),
  /** The share of the prompts that had no answer. */
  error_rate: share.optional(),
  /** The share of the node's peers with a recent handshake. */
  handshakes: share.optional(),
  /** The node's clock less the controller's, as the node knows it, milliseconds. */
  clock_skew_ms: z.number().min(-1e13).max(1e13).optional(),
});

export const benchmarkMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  timestamp: field.timestamp,
  sent_at: field.timestamp,
  suite_version: field.singleLine(128).min(1),
  sequence: field.sequence,
  instance_id: field.instanceId,
  challenge: field.opaque(1, 64).optional(),
  scores: field.scores,
  samples: field.perMetric(field.count).optional(),
  measured_by: measuredBy.optional(),
  evidence: z
    .strictObject({
      sha256: field.sha256Hex,
      media_type: field.singleLine(128).min(1),
      harness: field.singleLine(128).min(1),
    })
    .optional(),
  /**
   * What the node says of itself beside its scores. Only for a controller whose last answer asked for it: an
   * older one refuses the message.
   */
  signals: nodeSignals.optional(),
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
  /** Only in answers to requests with `receipt=1`. */
  receipt: receiptMessage.optional(),
  /** What is asked of the node's measuring from now on. Absent: nothing. */
  measuring: z
    .object({
      /** At most so long between two measurements; absent: as the node is set. */
      interval_ms: z.number().int().min(1).optional(),
      /** Whether `signals` are taken. */
      signals: z.boolean().optional(),
    })
    .optional(),
  /** Another agent with the same identity was here recently. */
  other_instance: z
    .object({ instance_id: z.string().max(64).nullable(), seen_at: z.string().max(40) })
    .optional(),
});
export type BenchmarkAnswer = z.infer<typeof benchmarkAnswer>;
