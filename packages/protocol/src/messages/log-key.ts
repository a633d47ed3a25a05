// The keys that sign the heads of the log and those that are to take their place, as operators see them and
// change them.

import * as z from 'zod';
import * as field from '../fields.ts';

/** Texts of verifier keys: Ed25519, then ML-DSA-44. */
const pair = z.array(z.string().max(4096)).min(1).max(4);

export const logKeyStatus = z.object({
  /** The name of the log and of its keys. */
  origin: z.string(),
  /** The keys that sign heads. */
  present: pair,
  /** The keys that sign heads as well, and are to sign alone; null if no change is under way. */
  next: pair.nullable(),
  /** Whether the published head bears the signatures of the next keys. False if there are none. */
  is_published: z.boolean(),
  /**
   * The witnesses that have not taken a head for the signatures of the next keys alone, by address, since the
   * controller started.
   */
  not_confirmed: z.array(z.string()),
});
export type LogKeyStatus = z.infer<typeof logKeyStatus>;

/** Of the preparation and of the abort. */
export const logKeyRequest = z.strictObject({ reason: field.reason });
export type LogKeyRequest = z.input<typeof logKeyRequest>;

export const finishLogKeyRequest = z.strictObject({
  reason: field.reason,
  /** Whether to finish although witnesses have not taken the next keys. */
  force: z.boolean().default(false),
});
export type FinishLogKeyRequest = z.input<typeof finishLogKeyRequest>;
