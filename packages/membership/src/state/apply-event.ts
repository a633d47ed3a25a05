// The fold: an event and what was true give what is true now. No decision is taken here.

import type { NodeId } from '@mesh/primitives';
import { NO_STREAK, nextClearStreak, nextStreak, type Policy, type StreakEvent } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import { adminKeyAfter } from './admin-key-record.ts';
import type { MeshDraft } from './mesh-draft.ts';
import type { NodeRecord } from './records.ts';

/** An event that does not fit the state that it is applied to: a bug in the command that made it. */
export class InconsistentEventError extends Error {
  constructor(event: MeshEvent, why: string) {
    super(`event ${event.type} cannot be applied: ${why}`);
    this.name = 'InconsistentEventError';
  }
}

/**
 * Applies one event to a draft.
 *
 * @param atMs when it happened, wall clock
 * @param policy decides which results count towards a streak. Streaks are stored, and never computed again
 */
export function applyEvent(draft: MeshDraft, event: MeshEvent, atMs: number, policy: Policy): void {
  const change = (nodeId: NodeId, replace: (node: NodeRecord) => Partial<NodeRecord>): void => {
    const node = draft.node(nodeId);
    if (node === undefined) throw new InconsistentEventError(event, `there is no node ${nodeId}`);
    draft.putNode({ ...node, updatedAtMs: atMs, ...replace(node) });
  };
  switch (event.type) {
    case 'controller_started':
    case 'storage_recovered':
    case 'message_rejected':
    case 'messages_rejected':
    case 'instance_conflict':
      return;
    case 'token_created':
      draft.putToken({
        tokenId: event.tokenId,
        secretHash: event.secretHash,
        usesLeft: event.uses,
        class: event.class,
        nodeId: event.nodeId,
        expiresAtMs: event.expiresAtMs,
      });
      return;
    case 'node_enrolled': {
      const token = draft.token(event.tokenId);
      if (token === undefined) throw new InconsistentEventError(event, 'its token does not exist');
      if (draft.node(event.nodeId) !== undefined) throw new InconsistentEventError(event, 'the node exists');
      draft.putToken({ ...token, usesLeft: token.usesLeft - 1 });
      draft.putNode({
        nodeId: event.nodeId,
        class: event.class,
        status: 'active',
        identityKey: event.identityKey,
        wgPublicKeys: event.wgPublicKeys,
        addresses: event.addresses,
        endpoint: event.endpoint,
        observedAddress: event.observedAddress,
        tokenId: event.tokenId,
        enrolledAtMs: atMs,
        updatedAtMs: atMs,
        membership: 'never',
        admittedSince: undefined,
        readmitted: false,
        latest: undefined,
        goodStreak: NO_STREAK,
        declining: false,
        clearStreak: NO_STREAK,
        left: false,
        unreachableSinceMs: undefined,
        sequences: { benchmark: 0, endpoint: 0, leave: 0 },
        kemPublicKey: undefined,
        certificate: undefined,
      });
      return;
    }
    case 'node_reenrolled': {
      const token = draft.token(event.tokenId);
      if (token === undefined) throw new InconsistentEventError(event, 'its token does not exist');
      draft.putToken({ ...token, usesLeft: token.usesLeft - 1 });
      change(event.nodeId, () => ({ tokenId: event.tokenId }));
      return;
    }
    case 'certificate_issued':
      change(event.nodeId, () => ({
        certificate: { serial: event.serial, notAfterMs: event.notAfterMs },
      }));
      return;
    case 'benchmark_accepted':
      change(event.nodeId, (node) => ({
        latest: event.benchmark,
        kemPublicKey: event.kemPublicKey,
        left: false,
        sequences: { ...node.sequences, benchmark: event.benchmark.sequence },
        ...streaksAfter(policy, node, {
          kind: 'benchmark',
          benchmark: event.benchmark,
          previous: node.latest,
        }),
      }));
      return;
    case 'endpoint_reported':
      change(event.nodeId, (node) => ({
        endpoint: event.endpoint,
        observedAddress: event.observedAddress,
        sequences: { ...node.sequences, endpoint: event.sequence },
      }));
      return;
    case 'node_left':
      change(event.nodeId, (node) => ({
        left: true,
        sequences: { ...node.sequences, leave: event.sequence },
      }));
      return;
    case 'node_unreachable':
      change(event.nodeId, () => ({ unreachableSinceMs: event.sinceMs }));
      return;
    case 'node_reachable':
      change(event.nodeId, () => ({ unreachableSinceMs: undefined }));
      return;
    case 'node_admitted':
      change(event.nodeId, (node) => ({
        membership: 'admitted',
        admittedSince: event.epochId,
        // Only a node that was in can be denied: one on its way to its first admission does not come back.
        readmitted: node.membership === 'denied',
      }));
      return;
    case 'node_denied':
      // A decline outlives a denial. Otherwise a declining node could leave, and come back unlimited.
      change(event.nodeId, (node) => ({
        membership: 'denied',
        admittedSince: undefined,
        readmitted: false,
        ...streaksAfter(policy, node, { kind: 'denied' }),
      }));
      return;
    case 'node_declining':
      // If the policy was changed, earlier results may have been counted as clear.
      change(event.nodeId, () => ({ declining: true, clearStreak: NO_STREAK }));
      return;
    case 'node_recovered':
      change(event.nodeId, () => ({ declining: false }));
      return;
    case 'node_quarantined':
      change(event.nodeId, () => ({ status: 'quarantined' }));
      return;
    case 'node_released':
      change(event.nodeId, () => ({ status: 'active' }));
      return;
    case 'node_revoked':
      change(event.nodeId, () => ({ status: 'revoked' }));
      return;
    case 'sequences_reset':
      change(event.nodeId, ({ sequences }) => {
        const after = (kind: keyof typeof sequences) =>
          event.lowered[kind] === undefined ? sequences[kind] : event.to;
        return {
          sequences: { benchmark: after('benchmark'), endpoint: after('endpoint'), leave: after('leave') },
        };
      });
      return;
    case 'maintenance_started':
      draft.putMaintenance({
        requestId: event.request.request_id,
        officer: event.officer.name,
        why: event.request.reason,
        startedAtMs: atMs,
        untilMs: event.untilMs,
      });
      return;
    case 'maintenance_ended': {
      const window = draft.maintenance();
      if (window?.requestId !== event.requestId)
        throw new InconsistentEventError(event, 'it is not the newest window');
      draft.putMaintenance({ ...window, untilMs: Math.min(window.untilMs, atMs) });
      return;
    }
    case 'admin_key_created':
    case 'admin_key_expired':
    case 'admin_key_used': {
      const key = adminKeyAfter(draft.adminKey(event.keyId), event, atMs);
      if (key === undefined) throw new InconsistentEventError(event, `it does not fit key ${event.keyId}`);
      draft.putAdminKey(key);
      return;
    }
    case 'epoch_opened':
      draft.putEpoch({
        epochId: event.epochId,
        activateAtMs: event.activateAtMs,
        commitment: event.commitment,
      });
      return;
    default:
      event satisfies never;
  }
}

function streaksAfter(
  policy: Policy,
  node: NodeRecord,
  event: StreakEvent,
): Pick<NodeRecord, 'goodStreak' | 'clearStreak'> {
  return {
    goodStreak: nextStreak(policy, node.goodStreak, event, node.class),
    clearStreak: nextClearStreak(policy, node.clearStreak, event, node.class),
  };
}
