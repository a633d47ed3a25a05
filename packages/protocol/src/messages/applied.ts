// A node's report: which epoch's keys it has set, the state of its tunnels (the basis of "PSK mismatch
// suspected"), and what is failing at the node.

import * as z from 'zod';
import * as field from '../fields.ts';
import { acknowledgement } from './endpoint.ts';
import { logCosignature } from './log.ts';
import { appliedFigures, rowsIn } from './pair-figures.ts';

/** How often a node reports at the least, in milliseconds. */
export const APPLIED_EVERY_MS = 30_000;

/** Something that is failing at a node, without a break since `since`, by the controller's clock. */
export const trouble = z.strictObject({
  since: field.timestamp,
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'must be 1 to 64 characters of a-z 0-9 _, a letter first'),
  reason: field.singleLine(512),
});
export type Trouble = z.infer<typeof trouble>;

/**
 * What can fail at a node and be reported: its WireGuard interface with its routes, its measuring, and the
 * controller's log, which it refuses.
 */
export const troubles = z.strictObject({
  tunnel: trouble.optional(),
  measurement: trouble.optional(),
  /** Only to controllers that prove their heads. */
  log: trouble.optional(),
});
export type Troubles = z.infer<typeof troubles>;

const appliedFields = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  sequence: field.sequence,
  sent_at: field.timestamp,
  instance_id: field.instanceId,
  /** Null until the node has held a config, which names an epoch. */
  epoch_id: field.epochId.nullable(),
  peers: field.listOf(
    z.strictObject({
      node_id: field.nodeId,
      epoch_id: field.epochId.nullable(),
      /** Milliseconds since the last handshake; null if there was no handshake. */
      handshake_age_ms: field.count.nullable(),
      /** The slot that the node sends on to this peer, if the pair was moved. Absent: that of the epoch. */
      slot: z.literal('b').optional(),
    }),
    4096,
  ),
  /** Absent: nothing is failing. */
  troubles: troubles.optional(),
  /** Of the newest head that the node has accepted, once; only to controllers that prove their heads. */
  log_cosignature: logCosignature.optional(),
  /** Only to controllers that say that they read it. */
  figures: appliedFigures.optional(),
  signature: field.signature,
});

export const appliedMessage = appliedFields.superRefine(({ peers, figures }, context) => {
  // What has no form has its own issue already.
  const rows = figures && rowsIn(figures.rows);
  if (rows === undefined || !Array.isArray(peers) || rows.count === peers.length) return;
  context.addIssue({ code: 'custom', message: 'must have a row for each peer', path: ['figures', 'rows'] });
});
export type AppliedMessage = z.infer<typeof appliedMessage>;

/** What the other ends say about the reported pairs. */
export const appliedAnswer = z.object({
  ...acknowledgement.shape,
  /**
   * Ends that have another epoch's key set for the pair; null if they have no recent report. Absent: the
   * controller does not say.
   */
  differing: z
    .array(z.object({ node_id: field.nodeId, epoch_id: field.epochId.nullable() }))
    .max(4096)
    .optional(),
  /** The newest version of `figures` that the controller reads. Absent: none. */
  reads_figures: field.count.optional(),
});
export type AppliedAnswer = z.infer<typeof appliedAnswer>;
