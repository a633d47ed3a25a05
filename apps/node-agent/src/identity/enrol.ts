// Enrols the node: token → pinned CA → verified connection → challenge → proof of every key → certificate and
// addresses. Nothing secret leaves this node before the CA's pin was checked. The keys are on disk before
// this begins, and the controller gives the same answer to the same token and identity key. So the node can
// enrol again after a lost answer.

import { X509Certificate } from 'node:crypto';
import { rawPublicKeyOf } from '@mesh/host';
import {
  decodeBase64,
  encodeBase64,
  encodeBase64Url,
  equalBytes,
  formatRfc3339,
  type NodeId,
  parseIdentityKey,
  wipe,
} from '@mesh/primitives';
import {
  type AdvertisedEndpoint,
  createPublicClient,
  type EnrolmentAnswer,
  type EnrolmentChallenge,
  type EnrolmentMessage,
  type FetchLike,
  JoinTokenError,
  ProblemError,
  type PublicClient,
  parseJoinToken,
  signMessage,
} from '@mesh/protocol';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import { createCsr } from './csr.ts';
import { checkEnrolment, type Enrolment } from './enrolment-file.ts';
import type { Identity, NodeKeys } from './key-files.ts';
import { proveWgKey } from './prove-key.ts';
import { solveProofOfWork } from './solve-proof-of-work.ts';

export interface EnrolInput {
  /** The controller's public listener, `https://host:port`. */
  readonly controllerUrl: string;
  readonly tokenText: string;
  readonly nodeId: NodeId;
  readonly keys: NodeKeys;
  readonly endpoint: AdvertisedEndpoint;
}

export interface EnrolPorts {
  /**
   * Fetches over an unverified connection the CA certificates of that URL whose public keys are pinned
   * (base64url SHA-256).
   */
  readonly fetchPinnedCa: (url: string, pins: readonly string[]) => Promise<string>;
  /** Makes connections that trust only these CA certificates. */
  readonly connect: (caPem: string) => { readonly fetch: FetchLike; readonly close: () => void };
  /** Called before the proof of work that a controller under load asks for. It takes seconds. */
  readonly onWork: () => void;
}

/**
 * @throws AgentError `usage` (the URL or the form of the token), `refused`, `overlay_full`, `unreachable`,
 *   `failed`; no message holds the token. HostError if the connection fails or the CA does not match the pin
 */
export async function enrol(input: EnrolInput, ports: EnrolPorts): Promise<Enrolment> {
  const baseUrl = checkControllerUrl(input.controllerUrl);
  const pins = readPins(input.tokenText);
  const caPem = await ports.fetchPinnedCa(baseUrl, pins);
  const connection = ports.connect(caPem);
  try {
    const client = createPublicClient({ baseUrl, fetch: connection.fetch });
    const challenge = await askForChallenge(client, ports.onWork);
    const message = signMessage(
      'enrolment',
      {
        mesh_id: challenge.mesh_id,
        node_id: input.nodeId,
        token: input.tokenText.trim(),
        challenge_id: challenge.challenge_id,
        csr_pem: createCsr({ commonName: input.nodeId, ...input.keys.identity }),
        identity_key: parseIdentityKey(encodeBase64(input.keys.identity.publicKey)),
        ...claimKeys(input, challenge.challenge_id, challenge.x25519_public_key),
        endpoint: input.endpoint,
        // This is the controller's own time, because this machine's clock may be wrong and was not compared
        // yet.
        sent_at: formatRfc3339(Math.round(challenge.server_time_ms)),
      },
      input.keys.identity.sign,
    ) satisfies EnrolmentMessage;
    return checkAnswer(await client.enrol(message), message, input.keys.identity);
  } catch (error) {
    throw explain(error);
  } finally {
    connection.close();
  }
}

/** Does the work that the controller asks for, once. */
async function askForChallenge(client: PublicClient, onWork: () => void): Promise<EnrolmentChallenge> {
  try {
    return await client.challenge();
  } catch (error) {
    const asked = error instanceof ProblemError ? error.problem.proof_of_work : undefined;
    if (typeof asked !== 'string') throw error;
    onWork();
    return client.challenge({ proof_of_work: await solveProofOfWork(asked) });
  }
}

/** @returns its origin. @throws AgentError `usage` */
export function checkControllerUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'http:') {
    throw new AgentError(
      'usage',
      'a controller speaks TLS, and no plain HTTP: write https://host:port (its public listener)',
    );
  }
  if (
    url === null ||
    url.protocol !== 'https:' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    url.username !== ''
  ) {
    throw new AgentError('usage', 'the controller is given as https://host:port (its public listener)');
  }
  return url.origin;
}

function readPins(tokenText: string): string[] {
  try {
    const token = parseJoinToken(tokenText);
    const pins = token.caPins.map(encodeBase64Url);
    wipe(token.secret);
    return pins;
  } catch (error) {
    if (error instanceof JoinTokenError) throw new AgentError('usage', error.message);
    throw error;
  }
}

/**
 * The keys of both slots with their proofs. Slot b is always enrolled, in case the mesh changes to strict
 * rotation.
 */
function claimKeys({ keys, nodeId }: EnrolInput, challengeId: string, challengeKey: string) {
  const challenge = {
    challengeId,
    challengeKey: decodeBase64(challengeKey, { lengthBytes: 32 }),
    nodeId,
    identityKey: keys.identity.publicKey,
  };
  const { a, b } = keys.wireguard;
  return {
    wg_public_keys: { a: a.publicKey, b: b.publicKey },
    wg_proofs: { a: proveWgKey(challenge, 'a', a), b: proveWgKey(challenge, 'b', b) },
  };
}

function checkAnswer(answer: EnrolmentAnswer, asked: EnrolmentMessage, identity: Identity): Enrolment {
  const wrong = (what: string) =>
    new AgentError('failed', `the controller's answer ${what}: nothing was stored; ask its operator`);
  if (answer.mesh_id !== asked.mesh_id || answer.node_id !== asked.node_id) throw wrong('names another node');
  checkCertificate(answer.certificate_pem, answer.ca_pem, asked, identity, wrong);
  const { server_time_ms: _time, ...given } = answer;
  try {
    return checkEnrolment({
      ...given,
      nodes_url: answer.nodes_url.replace(/\/$/, ''),
      endpoint: asked.endpoint,
    });
  } catch (error) {
    throw wrong(`cannot be used (${messageOf(error)})`);
  }
}

/**
 * Checks that a certificate is for this node's key and name, and that one of the CAs that came with it issued
 * it.
 */
export function checkCertificate(
  certificatePem: string,
  caPem: string,
  { mesh_id, node_id }: { readonly mesh_id: string; readonly node_id: string },
  identity: Identity,
  wrong: (what: string) => Error,
): X509Certificate {
  let certificate: X509Certificate;
  let authorities: X509Certificate[];
  try {
    certificate = new X509Certificate(certificatePem);
    authorities = splitPem(caPem).map((pem) => new X509Certificate(pem));
  } catch {
    throw wrong('holds a certificate that cannot be read');
  }
  if (
    certificate.publicKey.asymmetricKeyType !== 'ed25519' ||
    !equalBytes(rawPublicKeyOf(certificate.publicKey), identity.publicKey)
  ) {
    throw wrong('holds a certificate for another key');
  }
  if (certificate.subjectAltName !== `URI:spiffe://${mesh_id}/node/${node_id}`) {
    throw wrong('holds a certificate for another name');
  }
  if (!authorities.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey))) {
    throw wrong('holds a certificate that its CA did not issue');
  }
  return certificate;
}

function splitPem(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function explain(error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error;
  const { code, detail, status } = error.problem;
  if (code === 'addresses_exhausted') {
    return new AgentError(
      'overlay_full',
      `the controller has no address left for this node (${code}): its operator must enlarge a network in the setting networks; until then this cannot succeed`,
    );
  }
  if (code === 'internal')
    return new AgentError('failed', `the controller failed (${code}): its operator finds why in its log`);
  if (code === 'storage_unavailable') {
    return new AgentError(
      'unreachable',
      `the controller cannot store anything now (${code}): its operator finds why in its log; run the same command again once that is put right`,
    );
  }
  if (status >= 500 || code === 'rate_limited' || code === 'challenge_expired') {
    const wait = error.retryAfterSeconds === undefined ? '' : ` in ${error.retryAfterSeconds} s`;
    return new AgentError('unreachable', `${detail} (${code}): run the same command again${wait}`);
  }
  return new AgentError('refused', `the controller refuses: ${detail} (${code})`);
}
