// How a node becomes a member: it fetches the CA (`GET /v1/ca`, PEM, checked against the token's pin), asks
// for a challenge, proves possession of every key, and receives an identity.

import * as z from 'zod';
import * as field from '../fields.ts';
import { configKeyList } from './config-key-list.ts';
import { advertisedEndpoint } from './endpoint.ts';
import { logIdentity } from './log.ts';

/** PEM (RFC 7468), as far as a message can check it; the code that reads certificates checks the content. */
const pem = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[\x20-\x7e\r\n]+$/, 'must be PEM: printable ASCII in lines');

/** `POST /v1/enrolments/challenge`. A controller that asks for no work does not read it. */
export const enrolmentChallengeRequest = z.strictObject({
  /** Base64 of the JSON of a challenge and its solution, in ALTCHA's form. */
  proof_of_work: z
    .string()
    .max(2048)
    .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'must be base64')
    .optional(),
});
export type EnrolmentChallengeRequest = z.infer<typeof enrolmentChallengeRequest>;

/**
 * The answer to `POST /v1/enrolments/challenge`: an ephemeral X25519 key of the controller. It can be used
 * more than once until it expires, so that a request whose answer was lost can be repeated; too many newer
 * challenges end it earlier.
 */
export const enrolmentChallenge = z.object({
  mesh_id: field.meshId,
  challenge_id: field.challengeId,
  x25519_public_key: field.x25519PublicKey,
  expires_at: field.timestamp,
  server_time_ms: field.instantMs,
});
export type EnrolmentChallenge = z.infer<typeof enrolmentChallenge>;

/** `POST /v1/enrolments`, signed with the identity key that the node brings (kind `enrolment`). */
export const enrolmentMessage = z.strictObject({
  mesh_id: field.meshId,
  node_id: field.nodeId,
  /** Secret; see `parseJoinToken`. */
  token: field.opaque(16, 512),
  challenge_id: field.challengeId,
  /** PKCS #10, PEM. Its key must be `identity_key`. */
  csr_pem: pem(8192),
  /**
   * Ed25519. The receiver checks it as a point only after the token: without one, no caller costs curve
   * arithmetic.
   */
  identity_key: field.identityKey,
  wg_public_keys: field.perSlot(field.x25519PublicKey),
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
  certificate_pem: pem(65_536),
  ca_pem: pem(65_536),
  /** The node's own addresses, one per network. */
  addresses: z.array(field.overlayAddress).min(1).max(8),
  network: z.array(field.network).min(1).max(8),
  config_public_key: field.ed25519PublicKey,
  /** The newest list of config keys; absent where there was only ever one key. */
  config_key_list: configKeyList.optional(),
  /** The Ed25519 key that is in `log` too. */
  log_public_key: field.ed25519PublicKey,
  /** Absent: the controller signs no heads of its log. */
  log: logIdentity.optional(),
  nodes_url: z.url({ protocol: /^https$/, error: 'must be an https URL' }).max(2048),
  server_time_ms: field.instantMs,
});
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswer>;

/**
 * `POST /v1/certificates/{node_id}`: a fresh certificate for the same identity key, asked for over mutual
 * TLS.
 */
export const certificateRequest = z.strictObject({ csr_pem: pem(8192) });
export const certificateAnswer = z.object({ certificate_pem: pem(65_536), ca_pem: pem(65_536) });
export type CertificateAnswer = z.infer<typeof certificateAnswer>;
