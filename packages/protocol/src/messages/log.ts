// The controller's log, as others know it: its name, its keys, and its entries.

import { z } from 'zod';

/** Whose signatures the heads of the log bear (C2SP signed-note). */
export const logIdentity = z.object({
  /** The first line of every checkpoint, and the name of the keys. */
  origin: z.string().min(1).max(255),
  /** Verifier keys in the form `name+id+base64`: Ed25519 first, then ML-DSA-44. */
  verifier_keys: z.array(z.string().max(4096)).min(1).max(8),
});
export type LogIdentity = z.infer<typeof logIdentity>;
