// The setting of how long what may be erased is kept.

import * as z from 'zod';

export const retentionSetting = z.strictObject({
  /** The details of log entries that are older, in days, are erased once a day; without it, never. */
  details_days: z.number().int().min(1).max(36_500).optional(),
  /** What nodes were told, the digests of their configs, is dropped when it is older, in days. */
  configs_days: z.number().int().min(1).max(36_500).default(30),
});
