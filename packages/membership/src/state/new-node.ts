// The record of a node that has just enrolled: it has no results, no certificate, and is not in.

import { NO_STREAK } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { NodeRecord } from './records.ts';

/** @param atMs when it enrolled, wall clock */
export function newNode(event: Extract<MeshEvent, { type: 'node_enrolled' }>, atMs: number): NodeRecord {
  return {
    nodeId: event.nodeId,
    class: event.class,
    status: event.needsApproval === true ? 'pending' : 'active',
    quarantinedAtMs: undefined,
    quarantinedUntilMs: undefined,
    identityKey: event.identityKey,
    nextIdentityKey: undefined,
    wgPublicKeys: event.wgPublicKeys,
    addresses: event.addresses,
    endpoint: event.endpoint,
    observedAddress: event.observedAddress,
    enrolledFrom: event.observedAddress,
    tokenId: event.tokenId,
    enrolledAtMs: atMs,
    updatedAtMs: atMs,
    membership: 'never',
    admittedSince: undefined,
    readmitted: false,
    latest: undefined,
    watchSpent: false,
    goodStreak: NO_STREAK,
    declining: false,
    probationSince: undefined,
    clearStreak: NO_STREAK,
    left: false,
    unreachableSinceMs: undefined,
    sequences: { benchmark: 0, endpoint: 0, leave: 0 },
    kemPublicKey: undefined,
    hold: undefined,
    heldSinceMs: undefined,
    certificate: undefined,
  };
}
