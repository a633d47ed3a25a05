// A node's request to replace its own WireGuard keys; the new keys are proven as at enrolment. Reserved: not
// sent yet.

import { z } from 'zod';
import * as field from '../fields.ts';

export const keyRotationMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  sequence: field.sequence,
  sent_at: field.timestamp,
  challenge_id: field.challengeId,
  wg_public_keys: field.perSlot(field.x25519PublicKey),
  wg_proofs: field.perSlot(field.base64Of(32)),
  signature: field.signature,
});
export type KeyRotationMessage = z.infer<typeof keyRotationMessage>;
