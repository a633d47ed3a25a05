// How much anybody may ask of the controller.

import * as z from 'zod';

export const limitsSetting = z.strictObject({
  node_per_minute: z.number().int().min(1).default(120),
  /**
   * The messages of each kind that a node may have recorded; by default ten a minute, or ten an epoch where
   * epochs are shorter.
   */
  submissions_per_minute: z.number().int().min(1).optional(),
  address_per_minute: z.number().int().min(1).default(60),
  /** Requests with one API key or certificate of the administration, at the public listener. */
  admin_per_minute: z.number().int().min(1).default(600),
  /**
   * How many enrolments may be begun in a minute, from all addresses together, before proof of work is asked
   * for.
   */
  enrolments_per_minute: z.number().int().min(1).default(60),
  /** The most connections that are open at once at each TLS listener. An agent has two or three. */
  connections: z.number().int().min(1).default(30_000),
  connections_per_address: z.number().int().min(1).default(1_024),
  /**
   * How fast one address may open connections to each TLS listener. Twice as many may come at once, and one
   * at least.
   */
  connections_per_second: z.number().min(0.1).default(20),
});
