// The receivers of alerts, as operators see and try them.

import * as z from 'zod';
import * as field from '../fields.ts';

/** A receiver is shown without the rest of its URL and without its arguments, which may be secrets. */
export const alertReceiver = z.object({
  name: z.string(),
  kind: z.enum(['webhook', 'command']),
  /** The host with the template, or the path of the program. */
  target: z.string(),
  /** What it is told of. */
  events: z.array(z.string()),
  /** How many alerts wait for it. */
  pending: field.count,
  /** How many it was never told of, because too many waited or it refused them. */
  dropped: field.count,
  /** Since the controller's start. */
  delivered: field.count,
  failures: field.count,
  /** Null: the last try succeeded, or there was none. */
  failing: z.object({ since: z.string(), why: z.string() }).nullable(),
  /** Since the controller's start; null: none. */
  last_delivered_at: z.string().nullable(),
});
export type AlertReceiver = z.infer<typeof alertReceiver>;

export const alertReceiverList = z.object({ receivers: z.array(alertReceiver) });

export const testAlertsRequest = z.strictObject({
  /** Of one receiver; absent: all. */
  name: z.string().max(64).optional(),
});
export type TestAlertsRequest = z.infer<typeof testAlertsRequest>;

export const testAlertsAnswer = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      delivered: z.boolean(),
      /** What the receiver has answered, or why it has not. */
      answer: z.string(),
    }),
  ),
});
export type TestAlertsAnswer = z.infer<typeof testAlertsAnswer>;
