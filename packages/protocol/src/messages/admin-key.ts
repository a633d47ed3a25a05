// API keys for administration over the network: who may do what, and the requests that make and end keys.

import * as z from 'zod';
import * as field from '../fields.ts';

/**
 * What a key or a certificate may do, from the least to the greatest: `viewer` reads, `officer-proposer` also
 * brings requests that officers have signed, `operator` also changes things.
 */
export const adminRole = z.enum(['viewer', 'officer-proposer', 'operator']);
export type AdminRole = z.infer<typeof adminRole>;

const DAY_SECONDS = 86_400;

export const createAdminKeyRequest = z.strictObject({
  /** Whose key it is, or what for; for people. */
  name: field.singleLine(64).min(1),
  role: adminRole,
  ttl_seconds: z
    .number()
    .int()
    .min(60)
    .max(366 * DAY_SECONDS)
    .default(90 * DAY_SECONDS),
});
export type CreateAdminKeyRequest = z.input<typeof createAdminKeyRequest>;

export const createAdminKeyAnswer = z.object({
  key_id: z.string(),
  /** Shown once; the controller keeps only its hash. */
  key: z.string(),
  name: z.string(),
  role: adminRole,
  expires_at: z.string(),
  /** The pins of the CA, by which a client of the public door knows the controller: base64url. */
  ca_pins: z.array(z.string()).max(4),
});
export type CreateAdminKeyAnswer = z.infer<typeof createAdminKeyAnswer>;

export const adminKeyView = z.object({
  key_id: z.string(),
  name: z.string(),
  role: adminRole,
  /** Who made it: the kind of actor, and which one if there are several. */
  made_by: z.string(),
  made_by_id: z.string().nullable(),
  created_at: z.string(),
  /** When it ends, or ended. */
  expires_at: z.string(),
  is_expired: z.boolean(),
  /** The last day on which it was used, in UTC: `2026-01-31`. */
  last_used_on: z.string().nullable(),
});
export type AdminKeyView = z.infer<typeof adminKeyView>;

export const adminKeyList = z.object({ keys: z.array(adminKeyView) });
export type AdminKeyList = z.infer<typeof adminKeyList>;
