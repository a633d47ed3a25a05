// A set of officers as it is written: in the controller's configuration, and in the request that replaces it.

import * as z from 'zod';
import * as field from '../fields.ts';

const MAX_OFFICERS = 64;

/** A person who may sign requests: a name for people, and the key that counts. */
export const officerEntry = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must match [a-z0-9][a-z0-9._-]{0,63}'),
  public_key: field.ed25519PublicKey,
});
export type OfficerEntry = z.infer<typeof officerEntry>;

/** At most 64 officers, no two of one name or one key. */
export const officerEntries = z
  .array(officerEntry)
  .max(MAX_OFFICERS)
  .superRefine((officers, context) => {
    for (const name of ['name', 'public_key'] as const)
      if (new Set(officers.map((officer) => officer[name])).size < officers.length)
        context.addIssue({ code: 'custom', message: `two officers have the same ${name}` });
  });

/** How many officers have to sign. */
export const requiredSignatures = z.number().int().min(1).max(MAX_OFFICERS);
