// POST /v1/enrolments/challenge and POST /v1/enrolments, on the public listener: a host with a join token
// becomes a node.

import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { LogField, type Logger } from '@mesh/host';
import {
  type EnrolmentRules,
  enrolNode,
  findTokenSecretObjection,
  type MeshView,
  type NodeRecord,
} from '@mesh/membership';
import { checkEd25519PublicKey, decodeBase64, defined, type NodeId, sha256Hex } from '@mesh/primitives';
import {
  type EnrolmentAnswer,
  type EnrolmentMessage,
  enrolmentMessage,
  type JoinToken,
  ProblemError,
  parseJoinToken,
  problem,
} from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { AddressPool } from '../../trust/address-pool.ts';
import type { EnrolmentChallenges } from '../../trust/enrolment-challenges.ts';
import type { LogKeys } from '../../trust/log-keys.ts';
import type { SignatureVerifier } from '../../trust/verify-signature.ts';
import type { SourceAddresses } from '../gate/source-addresses.ts';
import { readMessage } from '../receive/read-message.ts';
import type { RequireWork } from '../receive/require-work.ts';
import { checkWgProofs, requireOpenChallenge } from '../receive/wg-proof.ts';
import { checkCertificateRequest, type IssuePorts, issueCertificate } from '../respond/issue-certificate.ts';
import { type LogIdentityPorts, logIdentityOf } from '../respond/log-identity.ts';
import { type NewChallengePorts, newChallenge } from '../respond/new-challenge.ts';

type PublicHandler = Handler<{ Bindings: HttpBindings }>;

export interface ChallengePorts extends NewChallengePorts {
  readonly requireWork: Pick<RequireWork, 'check'>;
}

interface CheckKeysPorts {
  readonly enrolments: EnrolmentChallenges;
  readonly signatures: SignatureVerifier;
}

interface FullOverlayPorts {
  readonly addresses: AddressPool;
  readonly logger: Logger;
}

export interface EnrolPorts extends CheckKeysPorts, FullOverlayPorts, IssuePorts {
  readonly view: MeshView;
  readonly judge: Judge;
  readonly rules: EnrolmentRules;
  /** How enrolled nodes reach the nodes listener. */
  readonly nodesUrl: string;
  readonly logKeys: LogIdentityPorts & Pick<LogKeys, 'present'>;
  readonly sources: SourceAddresses;
  readonly config: IssuePorts['config'] & { readonly insecure_poc_compat: boolean };
}

export function challengeRoute(ports: ChallengePorts): PublicHandler {
  return async (context) => {
    await ports.requireWork.check(context);
    return context.json(newChallenge(ports));
  };
}

export function enrolRoute(ports: EnrolPorts): PublicHandler {
  const { view, keys, addresses, judge, clock, meshId, nodesUrl, sources, enrolments, rules, logKeys } =
    ports;
  return async (context) => {
    if (ports.config.insecure_poc_compat)
      throw new ProblemError(
        problem('state_conflict', 'this controller serves the proof of concept; enrol at another one'),
      );
    const received = await readMessage(context, enrolmentMessage);
    const { message } = received;
    if (message.mesh_id !== meshId)
      throw new ProblemError(problem('mesh_mismatch', `this is mesh ${meshId}`));
    // A challenge may have cost its owner work, so it is asked for before anything else.
    requireOpenChallenge(enrolments, message.challenge_id, clock.nowMs());
    const token = readToken(message.token);
    const secretHash = sha256Hex(createHash('sha256').update(token.secret).digest());
    // A caller without a valid token is refused here, before the expensive checks of signature and
    // certificate request.
    const objection = findTokenSecretObjection(view.token(token.tokenId), secretHash);
    if (objection !== undefined) throw new ProblemError(objection);
    const identityKey = await checkKeys(ports, message, received.body as { signature: string });
    await checkCertificateRequest(ports, identityKey, message.csr_pem);
    // Somebody may have recorded the request and send it again, from wherever that is: it moves nobody.
    const isRepeated = enrolments.wasGranted(message.challenge_id, message.signature);
    const unmoved = isRepeated ? view.node(message.node_id) : undefined;
    const enrolling = judge.run(
      enrolNode(
        {
          nodeId: message.node_id,
          tokenId: token.tokenId,
          secretHash,
          identityKey: message.identity_key,
          wgPublicKeys: message.wg_public_keys,
          endpoint: message.endpoint,
          observedAddress: sources.ofRequest(context.env.incoming),
          ...(unmoved === undefined ? {} : endpointOfRecord(unmoved)),
        },
        (current, nowMs) =>
          addresses.allocate(
            (address) => current.isAddressTaken(address) || current.isAddressHeld(address, nowMs),
          ),
        rules,
      ),
    );
    await enrolling.catch((error: unknown) => {
      noteFullOverlay(ports, message.node_id, error);
      throw error;
    });
    enrolments.noteGranted(message.challenge_id, message.signature);
    const certificatePem = await issueCertificate(ports, message.node_id, identityKey, message.csr_pem);
    const answer: EnrolmentAnswer = {
      mesh_id: meshId,
      node_id: message.node_id,
      certificate_pem: certificatePem,
      ca_pem: keys.authority.trustedPem,
      addresses: [...(view.node(message.node_id)?.addresses ?? [])],
      network: addresses.networks.map((network) => network.cidr),
      config_public_key: keys.config.publicKey,
      ...defined({ config_key_list: view.configKeys().lists.at(-1) }),
      log_public_key: logKeys.present.publicKey,
      log: logIdentityOf(logKeys),
      nodes_url: nodesUrl,
      server_time_ms: clock.nowMs(),
    };
    return context.json(answer);
  };
}

const endpointOfRecord = ({ endpoint, observedAddress }: NodeRecord) => ({ endpoint, observedAddress });

/**
 * Warns the operator that the overlay is full. Only the operator can help, and the log has no event for it.
 */
function noteFullOverlay({ logger, addresses }: FullOverlayPorts, nodeId: NodeId, error: unknown): void {
  if (!(error instanceof ProblemError) || error.problem.code !== 'addresses_exhausted') return;
  const networks = addresses.networks.map(({ cidr }) => cidr).join(', ');
  logger.warn(
    { [LogField.nodeId]: nodeId, [LogField.code]: error.problem.code },
    `a node could not enrol: the overlay (${networks}) has no free address; enlarge it in the setting networks`,
  );
}

function readToken(text: string): JoinToken {
  try {
    return parseJoinToken(text);
  } catch (error) {
    throw new ProblemError(
      problem('token_invalid', error instanceof Error ? error.message : 'the join token is damaged'),
    );
  }
}

/**
 * Checks every key in the request: that it is valid, and that the sender has its private half.
 *
 * @returns the identity key's bytes
 * @throws ProblemError `possession_failed`, `bad_signature`
 */
async function checkKeys(
  { enrolments, signatures }: CheckKeysPorts,
  message: EnrolmentMessage,
  body: { signature: string },
): Promise<Uint8Array> {
  const identityKey = decodeBase64(message.identity_key, { lengthBytes: 32 });
  try {
    checkEd25519PublicKey(identityKey);
  } catch {
    throw new ProblemError(
      problem('possession_failed', 'identity_key is not a sound Ed25519 key; make a new one'),
    );
  }
  if (!(await signatures.verify('enrolment', body, message.identity_key))) {
    throw new ProblemError(problem('bad_signature', 'the request is not signed with its identity_key'));
  }
  const claim = { challengeId: message.challenge_id, nodeId: message.node_id, identityKey };
  checkWgProofs(enrolments, claim, message.wg_public_keys, message.wg_proofs);
  return identityKey;
}
