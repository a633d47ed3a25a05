// A node with a good token and proven keys becomes a member with a class and an address, not yet admitted.
// Idempotent per token and identity key: a repeated request gets the same node and spends nothing.

import { equalBytes, fromHex, type NodeId } from '@mesh/primitives';
import { type AdvertisedEndpoint, problem } from '@mesh/protocol';
import type { WgPublicKeys } from '../state/events.ts';
import type { MeshView } from '../state/mesh-state.ts';
import { type Command, done, refused } from './outcome.ts';

export interface ProvenEnrolment {
  readonly nodeId: NodeId;
  readonly tokenId: string;
  /** SHA-256 of the presented secret, hex. */
  readonly secretHash: string;
  readonly identityKey: string;
  readonly wgPublicKeys: WgPublicKeys;
  readonly endpoint: AdvertisedEndpoint;
  readonly observedAddress: string | undefined;
}

/** Picks overlay addresses that no node has; `undefined` when the network is full. Pure over the view. */
export type AllocateAddresses = (view: MeshView) => readonly string[] | undefined;

export function enrolNode(
  enrolment: ProvenEnrolment,
  allocate: AllocateAddresses,
): Command<{ readonly nodeId: NodeId }> {
  return (view, context) => {
    const token = view.token(enrolment.tokenId);
    if (token === undefined || !equalBytes(fromHex(token.secretHash), fromHex(enrolment.secretHash))) {
      return refused(
        problem(
          'token_invalid',
          'the join token is unknown; ask the operator for a new one (meshctl tokens create)',
        ),
      );
    }
    const existing = view.node(enrolment.nodeId);
    if (existing !== undefined) {
      const same =
        existing.tokenId === token.tokenId &&
        existing.identityKey === enrolment.identityKey &&
        existing.wgPublicKeys.a === enrolment.wgPublicKeys.a &&
        existing.wgPublicKeys.b === enrolment.wgPublicKeys.b;
      if (same && existing.status !== 'revoked') return done([], { nodeId: existing.nodeId });
      return refused(
        problem(
          'node_exists',
          `node ${enrolment.nodeId} is enrolled with another identity; choose another name`,
        ),
      );
    }
    if (enrolment.wgPublicKeys.a === enrolment.wgPublicKeys.b) {
      return refused(problem('invalid_message', 'wg_public_keys: each slot needs a key of its own'));
    }
    if (context.nowMs >= token.expiresAtMs)
      return refused(problem('token_invalid', 'the join token has expired; ask the operator for a new one'));
    if (token.usesLeft <= 0)
      return refused(problem('token_invalid', 'the join token is spent; ask the operator for a new one'));
    if (token.nodeId !== undefined && token.nodeId !== enrolment.nodeId) {
      return refused(problem('token_binding', 'the join token is bound to another node id'));
    }
    for (const node of view.nodes()) {
      if (
        node.identityKey === enrolment.identityKey ||
        sharesKey(node.wgPublicKeys, enrolment.wgPublicKeys)
      ) {
        return refused(
          problem('node_exists', 'a key of this request belongs to an enrolled node; make new keys'),
        );
      }
    }
    const addresses = allocate(view);
    if (addresses === undefined)
      return refused(
        problem('addresses_exhausted', 'the overlay network is full; the operator must enlarge it'),
      );
    return done([{ type: 'node_enrolled', ...enrolmentEvent(enrolment), class: token.class, addresses }], {
      nodeId: enrolment.nodeId,
    });
  };
}

function enrolmentEvent({
  secretHash: _secretHash,
  ...rest
}: ProvenEnrolment): Omit<ProvenEnrolment, 'secretHash'> {
  return rest;
}

function sharesKey(one: WgPublicKeys, other: WgPublicKeys): boolean {
  const keys = [one.a, one.b].filter((key) => key !== undefined);
  return keys.some((key) => key === other.a || key === other.b);
}
