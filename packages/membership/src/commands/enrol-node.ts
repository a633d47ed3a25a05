// Makes a node with a good token and proven keys a member, with a class and an address. It is not admitted
// yet. The command is idempotent per token and identity key: a repeated request gets the same node, and
// spends no use of the token. Either way, the node's endpoint is the one in the request from then on.

import type { IdentityKey, NodeId, Sha256Hex } from '@mesh/primitives';
import { type AdvertisedEndpoint, type Problem, problem, sameEndpoint, type TokenId } from '@mesh/protocol';
import type { IpAddress } from '@mesh/wg';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { WgPublicKeys } from '../events/node-key-event.ts';
import { isClassRevoked } from '../state/class-revoked.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord, TokenRecord } from '../state/records.ts';
import {
  type EnrolmentRules,
  findClassObjection,
  findNameObjection,
  findSourceObjection,
  NO_RULES,
} from './enrolment-rules.ts';
import { findKeysObjection } from './find-keys-objection.ts';
import { type Command, done, refused } from './outcome.ts';
import { findTokenSecretObjection } from './token-secret.ts';

export interface ProvenEnrolment {
  readonly nodeId: NodeId;
  readonly tokenId: TokenId;
  /** SHA-256 of the presented secret, hex. */
  readonly secretHash: Sha256Hex;
  readonly identityKey: IdentityKey;
  readonly wgPublicKeys: WgPublicKeys;
  readonly endpoint: AdvertisedEndpoint;
  readonly observedAddress: string | undefined;
}

/**
 * Picks overlay addresses that no node has and that are not held back; `undefined` when the network is full.
 * A pure function of the view and the time.
 */
export type AllocateAddresses = (view: MeshView, nowMs: number) => readonly IpAddress[] | undefined;

export function enrolNode(
  enrolment: ProvenEnrolment,
  allocate: AllocateAddresses,
  rules: EnrolmentRules = NO_RULES,
): Command {
  return (view, context) => {
    const token = view.token(enrolment.tokenId);
    const tokenObjection = findTokenSecretObjection(token, enrolment.secretHash);
    if (token === undefined || tokenObjection !== undefined) return refused(tokenObjection as Problem);
    const existing = view.node(enrolment.nodeId);
    if (existing !== undefined) {
      if (existing.status === 'revoked' || !hasSameKeys(existing, enrolment)) {
        return refused(
          problem(
            'node_exists',
            `node ${enrolment.nodeId} is enrolled with another identity, or revoked; choose another name`,
          ),
        );
      }
      if (existing.tokenId === token.tokenId) return done(movedTo(existing, enrolment));
    }
    if (enrolment.wgPublicKeys.a === enrolment.wgPublicKeys.b) {
      return refused(problem('invalid_message', 'wg_public_keys: each slot needs a key of its own'));
    }
    const objection =
      findTokenObjection(token, enrolment.nodeId, context.nowMs) ??
      findNameObjection(rules, enrolment.nodeId);
    if (objection !== undefined) return refused(objection);
    if (existing === undefined && isClassRevoked(token.class, view))
      return refused(
        problem('token_invalid', `class ${token.class} of the join token is revoked; ask the operator`),
      );
    // Its certificate ended while it was away: the same keys and a fresh token bring the same node back.
    if (existing !== undefined) {
      const { nodeId } = existing;
      return done([
        { type: 'node_reenrolled', nodeId, tokenId: token.tokenId },
        ...movedTo(existing, enrolment),
      ]);
    }
    const tooMany =
      findKeysObjection(view, enrolment) ??
      findClassObjection(rules, view, token.class) ??
      findSourceObjection(rules, view, enrolment.observedAddress);
    if (tooMany !== undefined) return refused(tooMany);
    const addresses = allocate(view, context.nowMs);
    if (addresses === undefined)
      return refused(
        problem('addresses_exhausted', 'the overlay network is full; the operator must enlarge it'),
      );
    const needsApproval = rules.needsApproval || token.needsApproval;
    return done([
      { type: 'node_enrolled', ...enrolmentEvent(enrolment), class: token.class, addresses, needsApproval },
    ]);
  };
}

function hasSameKeys(node: NodeRecord, enrolment: ProvenEnrolment): boolean {
  return (
    node.identityKey === enrolment.identityKey &&
    node.wgPublicKeys.a === enrolment.wgPublicKeys.a &&
    node.wgPublicKeys.b === enrolment.wgPublicKeys.b
  );
}

/**
 * An enrolled node assumes that its endpoint is known here, and reports it again only when its settings
 * change.
 */
function movedTo(node: NodeRecord, { endpoint, observedAddress }: ProvenEnrolment): MeshEvent[] {
  if (sameEndpoint(node.endpoint, endpoint) && node.observedAddress === observedAddress) return [];
  const { nodeId, sequences } = node;
  return [{ type: 'endpoint_reported', nodeId, sequence: sequences.endpoint, endpoint, observedAddress }];
}

/** Why a known token does not let this node enrol; `undefined` if it does. */
function findTokenObjection(token: TokenRecord, nodeId: NodeId, nowMs: number): Problem | undefined {
  if (nowMs >= token.expiresAtMs)
    return problem('token_invalid', 'the join token has expired; ask the operator for a new one');
  if (token.usesLeft <= 0)
    return problem('token_invalid', 'the join token is spent; ask the operator for a new one');
  if (token.nodeId !== undefined && token.nodeId !== nodeId)
    return problem(
      'token_binding',
      `the join token is for another node than ${nodeId}; give the id that it was made for, or ask the operator for one of ${nodeId}`,
    );
  return undefined;
}

function enrolmentEvent({
  secretHash: _secretHash,
  ...rest
}: ProvenEnrolment): Omit<ProvenEnrolment, 'secretHash'> {
  return rest;
}
