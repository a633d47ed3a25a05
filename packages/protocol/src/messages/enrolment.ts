// How a node becomes a member: fetch the CA (`GET /v1/ca`, PEM, checked against the token's pin), ask for a challenge, prove possession of every key, receive an identity.

import { z } from 'zod';
import * as field from '../fields.ts';
import { advertisedEndpoint } from './endpoint.ts';

/** `POST /v1/enrolments/challenge`: an ephemeral X25519 key of the controller, good for one enrolment. */
export const enrolmentChallenge = z.object({
  mesh_id: field.meshId,
  challenge_id: z.string().min(16).max(64),
  x25519_public_key: field.publicKey,
  expires_at: field.timestamp,
  server_time_ms: z.number(),
});
export type EnrolmentChallenge = z.infer<typeof enrolmentChallenge>;

/** `POST /v1/enrolments`, signed with the identity key that the node brings (kind `enrolment`). */
export const enrolmentMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  token: z.string().min(16).max(512),
  challenge_id: z.string().min(16).max(64),
  /** PKCS #10, PEM. Its key must be `identity_key`. */
  csr_pem: z.string().max(8192),
  identity_key: field.publicKey,
  wg_public_keys: field.perSlot(field.publicKey),
  /** HMAC under X25519(challenge key, WireGuard key): see `possessionProof`. */
  wg_proofs: field.perSlot(field.base64Of(32)),
  endpoint: advertisedEndpoint,
  sent_at: field.timestamp,
  signature: field.signature,
});
export type EnrolmentMessage = z.infer<typeof enrolmentMessage>;

export const enrolmentAnswer = z.object({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  certificate_pem: z.string(),
  ca_pem: z.string(),
  addresses: z.array(z.string()).min(1),
  network: z.array(z.string()).min(1),
  config_public_key: field.publicKey,
  log_public_key: field.publicKey,
  nodes_url: z.string(),
  server_time_ms: z.number(),
});
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswer>;

/** `POST /v1/certificates/{node_id}`: a fresh certificate for the same identity key, asked for over mutual TLS. */
export const certificateRequest = z.strictObject({ csr_pem: z.string().max(8192) });
export const certificateAnswer = z.object({ certificate_pem: z.string(), ca_pem: z.string() });
export type CertificateAnswer = z.infer<typeof certificateAnswer>;
