// The fold: an event and what was true give what is true now. No decision is taken here.

import type { NodeId } from '@mesh/primitives';
import { NO_STREAK, type Policy, shortfallOf } from '@mesh/scoring';
import { isExamEvent } from '../events/exam-event.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { adminKeyAfter } from './admin-key-record.ts';
import { applyErasure } from './apply-erasure.ts';
import { applyExamEvent } from './apply-exam-event.ts';
import { applyKeyChange } from './apply-key-change.ts';
import { applyOfficerEvent } from './apply-officer-event.ts';
import { applyTokenEvent, spendToken } from './apply-token-event.ts';
import { factsAfter } from './controller-facts.ts';
import { holdAfter } from './hold-after.ts';
import { InconsistentEventError } from './inconsistent-event-error.ts';
import { keysAfter } from './keys-after.ts';
import type { MeshDraft } from './mesh-draft.ts';
import { newNode } from './new-node.ts';
import { policyAfter } from './policies.ts';
import type { NodeRecord } from './records.ts';
import { spentKeysOf } from './spent-keys.ts';
import { standingAfter } from './standing-after.ts';
import { streaksAfter } from './streaks-after.ts';

/**
 * Applies one event to a draft.
 *
 * @param atMs when it happened, wall clock
 * @param policy decides which results count towards a streak. Streaks are stored, and never computed again
 * @throws InconsistentEventError
 */
export function applyEvent(draft: MeshDraft, event: MeshEvent, atMs: number, policy: Policy): void {
  const change = (nodeId: NodeId, replace: (node: NodeRecord) => Partial<NodeRecord>): void => {
    const node = draft.node(nodeId);
    if (node === undefined) throw new InconsistentEventError(event, `there is no node ${nodeId}`);
    draft.putNode({ ...node, updatedAtMs: atMs, ...replace(node) });
  };
  const spendKeys = (nodeId: NodeId): void => {
    const node = draft.node(nodeId);
    if (node !== undefined) draft.spendKeys(spentKeysOf(node));
  };
  if (isExamEvent(event)) {
    applyExamEvent(draft, event, atMs);
    return;
  }
  switch (event.type) {
    case 'controller_started':
    case 'storage_recovered':
    case 'backup_requested':
    case 'alerts_tested':
    case 'message_rejected':
    case 'messages_rejected':
    case 'instance_conflict':
    case 'brake_engaged':
    case 'brake_ended':
    case 'configs_told':
      return;
    case 'token_created':
    case 'token_withdrawn':
      applyTokenEvent(draft, event);
      return;
    case 'node_enrolled': {
      if (draft.node(event.nodeId) !== undefined) throw new InconsistentEventError(event, 'the node exists');
      spendToken(draft, event);
      draft.putNode(newNode(event, atMs));
      return;
    }
    case 'node_reenrolled':
      spendToken(draft, event);
      change(event.nodeId, () => ({ tokenId: event.tokenId }));
      return;
    case 'wg_keys_changed':
    case 'identity_key_announced':
    case 'identity_key_changed':
    case 'certificate_issued':
      change(event.nodeId, (node) => {
        const { changed, spent } = keysAfter(node, event);
        draft.spendKeys(spent);
        return changed;
      });
      return;
    case 'benchmark_accepted':
      change(event.nodeId, (node) => ({
        latest: event.benchmark,
        watchSpent: false,
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
    case 'node_reachable':
      change(event.nodeId, () => ({ unreachableSinceMs: 'sinceMs' in event ? event.sinceMs : undefined }));
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
      if (event.causes !== undefined && event.causes.length > 0) {
        const shortfall = shortfallOf(event.reason);
        draft.putCut({ nodeId: event.nodeId, atMs, causes: event.causes, shortfall });
      }
      // A decline outlives a denial. Otherwise a declining node could leave, and come back unlimited.
      change(event.nodeId, (node) => ({
        membership: 'denied',
        hold: undefined,
        admittedSince: undefined,
        readmitted: false,
        // Only its own denial ends an alarm. Otherwise a node could leave, and come back without the
        // evidence.
        watchSpent: node.watchSpent || event.reason.code === 'sequential_alarm',
        ...streaksAfter(policy, node, { kind: 'denied' }),
      }));
      return;
    case 'node_declining':
    case 'node_recovered':
    case 'probation_began':
      change(event.nodeId, () => standingAfter(event));
      return;
    case 'node_held':
    case 'hold_released':
    case 'hold_ended':
      change(event.nodeId, (node) => holdAfter(node, event, atMs));
      return;
    case 'node_quarantined':
      change(event.nodeId, () => ({
        status: 'quarantined',
        quarantinedAtMs: atMs,
        quarantinedUntilMs: event.untilMs,
      }));
      return;
    case 'node_released':
    case 'node_approved':
      change(event.nodeId, () => ({ status: 'active', ...NO_QUARANTINE }));
      return;
    case 'node_revoked':
    case 'node_rejected':
      change(event.nodeId, () => ({ status: 'revoked', ...NO_QUARANTINE }));
      spendKeys(event.nodeId);
      return;
    case 'node_class_changed':
      // Results in a row were counted by the bar of the class before.
      change(event.nodeId, () => ({ class: event.to, goodStreak: NO_STREAK, clearStreak: NO_STREAK }));
      return;
    case 'node_deleted': {
      const node = draft.node(event.nodeId);
      if (node === undefined) throw new InconsistentEventError(event, `there is no node ${event.nodeId}`);
      spendKeys(event.nodeId);
      draft.deleteNode({
        nodeId: node.nodeId,
        class: event.class,
        addresses: node.addresses,
        heldUntilMs: event.addressesHeldUntilMs,
      });
      return;
    }
    case 'sequences_reset':
      change(event.nodeId, ({ sequences }) => {
        const after = (kind: keyof typeof sequences) =>
          event.lowered[kind] === undefined ? sequences[kind] : event.to;
        return {
          sequences: { benchmark: after('benchmark'), endpoint: after('endpoint'), leave: after('leave') },
        };
      });
      return;
    case 'officers_set':
    case 'request_signed':
    case 'request_authorised':
    case 'request_carried_out':
    case 'request_refused':
    case 'maintenance_started':
    case 'maintenance_ended':
    case 'class_revoked':
    case 'class_released':
      applyOfficerEvent(draft, event, atMs);
      return;
    case 'admin_key_created':
    case 'admin_key_expired':
    case 'admin_key_used': {
      const key = adminKeyAfter(draft.adminKey(event.keyId), event, atMs);
      if (key === undefined) throw new InconsistentEventError(event, `it does not fit key ${event.keyId}`);
      draft.putAdminKey(key);
      return;
    }
    case 'policy_changed':
    case 'policy_applied': {
      const record = policyAfter(draft.policies(), event, atMs);
      if (record === undefined) throw new InconsistentEventError(event, 'it is not the policy that waits');
      draft.putPolicy(record);
      return;
    }
    case 'ca_rotation_started':
    case 'ca_trusted':
    case 'ca_rotation_finished':
    case 'config_key_prepared':
    case 'config_key_confirmed':
    case 'config_key_switched':
    case 'config_key_finished':
    case 'config_key_aborted':
    case 'log_key_prepared':
    case 'log_key_finished':
    case 'log_key_aborted':
      applyKeyChange(draft, event);
      return;
    case 'backup_restored':
    case 'pair_limits_set':
    case 'master_key_rotation_started':
    case 'master_key_rotation_finished':
    case 'master_key_rotated_at_rest':
      draft.put({ controllerFacts: factsAfter(draft.controllerFacts(), event) });
      return;
    case 'node_details_erased':
    case 'details_expired':
      applyErasure(draft, event);
      return;
    case 'epoch_opened': {
      const { epochId, activateAtMs, commitment } = event;
      draft.putEpoch({ epochId, activateAtMs, commitment });
      return;
    }
    default:
      event satisfies never;
  }
}

const NO_QUARANTINE = { quarantinedAtMs: undefined, quarantinedUntilMs: undefined };
