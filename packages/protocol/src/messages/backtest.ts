// A policy that is tried on what the log has of the past.

import * as z from 'zod';
import * as field from '../fields.ts';
import { checkPolicyRequest } from './policy.ts';

const DAY_SECONDS = 86_400;

export const backtestRequest = checkPolicyRequest.extend({
  /** The evidence of this last time. */
  since_seconds: z
    .number()
    .int()
    .min(60)
    .max(31 * DAY_SECONDS)
    .default(7 * DAY_SECONDS),
});
export type BacktestRequest = z.input<typeof backtestRequest>;

const replayed = z.object({
  cuts: field.count,
  in_seconds: field.count,
  declining_seconds: field.count,
});

export const policyBacktest = z.object({
  /** When the first and the last entry that was replayed were written; null: there is none. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  results: field.count,
  /** Results that are left out, because their details were erased. */
  erased_results: field.count,
  nodes: z.array(
    z.object({
      node_id: z.string(),
      effect: z.enum(['cut', 'in', 'limited', 'unlimited', 'none']),
      /** How often it was denied in truth. */
      recorded_cuts: field.count,
      /** Under the policy in force. */
      now: replayed,
      would_be: replayed,
      /** The first change that the policy in force would not have made; null: none. */
      first: z
        .object({ at: z.string(), standing: z.string(), reason_code: z.string(), reason: z.string() })
        .nullable(),
    }),
  ),
});
export type PolicyBacktest = z.infer<typeof policyBacktest>;
