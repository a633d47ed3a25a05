// What an officer signs to authorise a critical operation. `request_id` makes it single-use; `expires_at`
// limits its life.

import { z } from 'zod';
import * as field from '../fields.ts';

const officerFields = {
  mesh_id: field.meshId,
  request_id: z.uuid(),
  timestamp: field.timestamp,
  expires_at: field.timestamp,
  reason: field.singleLine(512).min(1),
  signature: field.signature,
};

/** Kind `revocation`: permanent, by m of n officers. Reserved: nothing takes it yet. */
export const revocationMessage = z.strictObject({ ...officerFields, node_id: field.nodeId });
export type RevocationMessage = z.infer<typeof revocationMessage>;

/** Kind `maintenance`: until `until`, leases last longer. */
export const maintenanceMessage = z.strictObject({ ...officerFields, until: field.timestamp });
export type MaintenanceMessage = z.infer<typeof maintenanceMessage>;
