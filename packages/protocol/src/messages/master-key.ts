// The master key of the controller, as operators replace it while the controller runs.

import * as z from 'zod';
import * as field from '../fields.ts';

export const masterKeyStatus = z.object({
  /**
   * `stopped`: the disk or the place of the key has failed; the same request goes on, and so does a restart.
   */
  status: z.enum(['idle', 'running', 'stopped']),
  /**
   * How many values were looked at of those that there were at the start; 0 of 0 if none ran since the start.
   */
  sealed_again: field.count,
  total: field.count,
});
export type MasterKeyStatus = z.infer<typeof masterKeyStatus>;

export const rotateMasterKeyRequest = z.strictObject({ reason: field.reason });
export type RotateMasterKeyRequest = z.input<typeof rotateMasterKeyRequest>;
