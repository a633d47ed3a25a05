// A node's request to replace its own keys (kind `key_rotation`), signed with the identity key that it has
// now. The new keys are proven as at enrolment: WireGuard keys against a challenge, a new identity key by
// signing what it is announced in (kind `key_rotation_proof`).

import * as z from 'zod';
import * as field from '../fields.ts';
import { certificateRequest } from './enrolment.ts';

/** `POST /v1/nodes/{node_id}/keys`. What is not named stays as it is. */
export const keyRotationMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  sent_at: field.timestamp,
  challenge_id: field.challengeId,
  /** Ed25519. It takes the place of the present one with the first request over a certificate for it. */
  identity: z
    .strictObject({
      public_key: field.identityKey,
      csr_pem: certificateRequest.shape.csr_pem,
      /** Signed with the new key: this message without `signature` and without this proof. */
      proof: field.signature,
    })
    .optional(),
  wg_public_keys: z.strictObject({
    a: field.x25519PublicKey.optional(),
    b: field.x25519PublicKey.optional(),
  }),
  /** As at enrolment, with the identity key that the node has now. */
  wg_proofs: z.strictObject({ a: field.base64Of(32).optional(), b: field.base64Of(32).optional() }),
  /**
   * Whether a slot may be changed while it carries tunnels: they break, and are made again with the new key.
   */
  may_interrupt: z.boolean(),
  signature: field.signature,
});
export type KeyRotationMessage = z.infer<typeof keyRotationMessage>;

export const keyRotationAnswer = z.object({
  node_id: field.nodeId,
  /** The keys that the node has now. */
  identity_key: field.identityKey,
  wg_public_keys: field.perSlot(field.x25519PublicKey),
  /** For the new identity key; absent if none was named. */
  certificate_pem: z.string().max(65_536).optional(),
  ca_pem: z.string().max(65_536).optional(),
});
export type KeyRotationAnswer = z.infer<typeof keyRotationAnswer>;

type Unsigned = Omit<KeyRotationMessage, 'signature'>;

/** What the new identity key signs. */
export function keyRotationProofBody(message: Unsigned & { readonly signature?: string }): object {
  const { signature: _signature, identity, ...rest } = message;
  if (identity === undefined) return rest;
  const { proof: _proof, ...named } = identity;
  return { ...rest, identity: named };
}
