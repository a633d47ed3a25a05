// The key that signs configs and the one that is to take its place, as operators see them and change them.
// Keys are Ed25519, base64.

import * as z from 'zod';
import * as field from '../fields.ts';

export const configKeyStatus = z.object({
  /** The key that signs. */
  config_key: z.string(),
  /** The key that is to sign after the switch; null where none is prepared, and after the switch. */
  next_config_key: z.string().nullable(),
  /** The moment before which it may not sign. */
  next_from: field.timestamp.nullable(),
  /** Between the switch and the end: the key that signed before. Null at any other time. */
  previous_config_key: z.string().nullable(),
  /** The nodes that have not confirmed that they know both keys. */
  not_confirmed: z.array(field.nodeId),
});
export type ConfigKeyStatus = z.infer<typeof configKeyStatus>;

/** Ten minutes. */
const USUAL_DELAY_SECONDS = 600;
const LONGEST_DELAY_SECONDS = 30 * 86_400;

export const prepareConfigKeyRequest = z.strictObject({
  reason: field.reason,
  /** How long until the next key may sign. */
  delay_seconds: field.count.max(LONGEST_DELAY_SECONDS).default(USUAL_DELAY_SECONDS),
});
export type PrepareConfigKeyRequest = z.input<typeof prepareConfigKeyRequest>;

export const switchConfigKeyRequest = z.strictObject({
  reason: field.reason,
  /** Whether to switch although nodes have not confirmed the next key. */
  force: z.boolean().default(false),
});
export type SwitchConfigKeyRequest = z.input<typeof switchConfigKeyRequest>;

/** Of the end and of the abort. */
export const endConfigKeyRequest = z.strictObject({ reason: field.reason });
export type EndConfigKeyRequest = z.input<typeof endConfigKeyRequest>;
