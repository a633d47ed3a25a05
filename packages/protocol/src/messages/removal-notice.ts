// A removal that concerns every admitted node of one class alike. The controller's config key signs it once
// for all of them (kind `removal_notice`), and each gets the same bytes in place of a delta of its own. A
// node gets it only if its query says that it understands it (`notices=1`).

import * as z from 'zod';
import * as field from '../fields.ts';
import { configDelta, fullConfig, leaseSeconds } from './config.ts';
import { logHead } from './log.ts';

/**
 * The difference from `base` to `version` for the nodes of `class` that hold `base` and are allowed, except
 * for those that `removed` or `except` names. It is a delta that adds nothing: what it does not mention stays
 * as the node holds it.
 */
export const removalNotice = z.strictObject({
  mesh_id: field.meshId,
  class: z.string().max(64),
  base: field.opaque(1, 64),
  version: field.opaque(1, 64),
  epoch_id: field.epochId,
  removed: z.array(field.nodeId),
  /** Nodes of the class that changed themselves between the two versions. Each needs a config of its own. */
  except: z.array(field.nodeId),
  server_time_ms: field.instantMs.int(),
  lease_seconds: leaseSeconds,
  challenge: field.opaque(1, 64).optional(),
  log_head: logHead,
  signature: field.signature,
});
export type RemovalNotice = z.infer<typeof removalNotice>;

/** An answer to a query that takes notices. The notice stands first, because a denial is to be read fast. */
export const configOrNotice = z.union([removalNotice, fullConfig, configDelta]);
export type ConfigOrNotice = z.infer<typeof configOrNotice>;

/** Whether an answer is a notice, which names no node that it is for. */
export function isRemovalNotice(answer: ConfigOrNotice): answer is RemovalNotice {
  return !('node_id' in answer);
}
