// What a policy sets of the sequential alarm, which cuts nodes whose scores sink slowly.

import * as z from 'zod';

export interface AlarmRule {
  /**
   * The mean number of graded prompts to a false cut is at least this, for each metric of a node that just
   * meets its limit.
   */
  readonly promptsPerFalseCut: number;
  /** How many prompts that belong together tell as much as one independent prompt does; 1 or more. */
  readonly designEffect: number;
}

export const alarmRule = z.strictObject({
  promptsPerFalseCut: z.number().int().min(100, 'must be at least 100').max(1e9),
  designEffect: z.number().min(1, 'must be at least 1').max(1e6).default(1),
});
