// The setting `metrics`: what Prometheus may read, and where.

import * as z from 'zod';
import { port } from './door-settings.ts';

export const metricsSetting = z.strictObject({
  /**
   * A port of 127.0.0.1 where anybody on this machine may read the page; 0 takes a free one and writes it to
   * the log. Without it, the page is only at the doors of the administration.
   */
  port: port.optional(),
  /** In a mesh of more nodes than this, nodes have no series of their own. */
  max_nodes: z.number().int().min(0).max(100_000).default(1_000),
});
