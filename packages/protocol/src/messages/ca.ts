// The mesh's CA and the one that is to take its place, as operators see them and change them. Pins are
// base64url of SHA-256 over the CA's public key info.

import * as z from 'zod';
import * as field from '../fields.ts';

export const caStatus = z.object({
  ca_pin: z.string(),
  /** Null: no rotation is under way. */
  next_ca_pin: z.string().nullable(),
  /** The nodes that have not come with a certificate of the next CA yet; the end would cut them off. */
  not_ready: z.array(field.nodeId),
});
export type CaStatus = z.infer<typeof caStatus>;

export const rotateCaRequest = z.strictObject({ reason: field.reason });
export type RotateCaRequest = z.input<typeof rotateCaRequest>;

export const finishCaRequest = z.strictObject({
  reason: field.reason,
  /** Whether to end the present CA although nodes are not ready. They have to enrol again. */
  force: z.boolean().default(false),
});
export type FinishCaRequest = z.input<typeof finishCaRequest>;
