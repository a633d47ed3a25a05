// The list of the keys that sign configs: most of the time one, and while another takes its place both. The
// lists of a mesh are a chain, in which each one is signed by a key of the one before.

import * as z from 'zod';
import * as field from '../fields.ts';

export const configKeyList = z.strictObject({
  mesh_id: field.meshId,
  /** A list replaces those that were made before it. */
  made_at_ms: field.instantMs.int().min(1),
  /** Ed25519. It signs this list (kind `config_key_list`). */
  present: field.ed25519PublicKey,
  /** The key that is to take its place. */
  next: z
    .strictObject({
      public_key: field.ed25519PublicKey,
      /** It may sign nothing that says to have been made before this. */
      from_ms: field.instantMs.int(),
    })
    .optional(),
  signature: field.signature,
});
export type ConfigKeyList = z.infer<typeof configKeyList>;

/**
 * How many lists an answer has at most: one for each change of the key that a node has missed, and the
 * newest.
 */
export const MAX_CONFIG_KEY_LISTS = 256;
export const configKeyLists = field.listOf(configKeyList, MAX_CONFIG_KEY_LISTS);
