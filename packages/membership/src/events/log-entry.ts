// Splits an event into what is public for ever and what is about a node's behaviour, which must be erasable.
// The log entry holds the latter only as a salted commitment (see @mesh/audit); the text is in an encrypted,
// erasable table.

import {
  defined,
  type EpochId,
  formatRfc3339,
  type JsonValue,
  type NodeId,
  type Sha256Hex,
} from '@mesh/primitives';
import type { Watch } from '@mesh/scoring';
import { actorFields, causeFields } from './actor.ts';
import { adminKeyData } from './admin-key-event.ts';
import { brakeLogEntry } from './brake-event.ts';
import { caLogData } from './ca-event.ts';
import { configKeyLogData } from './config-key-event.ts';
import { controllerLogData } from './controller-event.ts';
import { driftData } from './drift-data.ts';
import { erasureLogData } from './erasure-event.ts';
import { examLogEntry, isExamEvent } from './exam-event.ts';
import { limitsLogData } from './limits-event.ts';
import { logKeyLogData } from './log-key-event.ts';
import { masterKeyLogData } from './master-key-event.ts';
import type { MeshEvent } from './mesh-event.ts';
import { nodeKeyData, slotKeys } from './node-key-event.ts';
import { officerLogEntry } from './officer-event.ts';
import { policyLogData } from './policy-event.ts';
import { toldLogData } from './told-event.ts';

export interface LogEntryContent {
  readonly type: string;
  readonly nodeId: NodeId | undefined;
  readonly epochId: EpochId | undefined;
  readonly data: { readonly [name: string]: JsonValue };
  /** Committed to, not shown. */
  readonly details: { readonly [name: string]: JsonValue } | undefined;
}

/** So that everybody to whom the details are shown can compute the next decision of the alarm. */
function watchData({ measuredAtMs, arrivedAtMs, metrics }: Watch): JsonValue {
  return {
    measured_at: formatRfc3339(measuredAtMs),
    arrived_at: formatRfc3339(arrivedAtMs),
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([metric, { asked, evidence, prompts, good }]) => [
        metric,
        { asked, evidence: [...evidence], prompts, good },
      ]),
    ),
  };
}

/** What binds an entry to the node's signed message. Entries of earlier versions lack it. */
function hashField({
  messageSha256,
}: {
  readonly messageSha256?: Sha256Hex | undefined;
}): LogEntryContent['data'] {
  return defined({ message_sha256: messageSha256 });
}

/** Splits an event into the public and the erasable part of its log entry. Secrets are in neither. */
export function logEntryOf(event: MeshEvent): LogEntryContent {
  const entry = (data: LogEntryContent['data'], rest: Partial<LogEntryContent> = {}): LogEntryContent => ({
    type: event.type,
    nodeId: 'nodeId' in event ? event.nodeId : undefined,
    epochId: 'epochId' in event ? event.epochId : undefined,
    data,
    details: undefined,
    ...rest,
  });
  if (isExamEvent(event)) {
    const { data, details } = examLogEntry(event);
    return entry(data, { details });
  }
  switch (event.type) {
    case 'controller_started':
    case 'storage_recovered':
    case 'backup_requested':
    case 'alerts_tested':
    case 'backup_restored':
      return entry(controllerLogData(event));
    case 'token_created':
      return entry({
        token_id: event.tokenId,
        uses: event.uses,
        class: event.class,
        expires_at: formatRfc3339(event.expiresAtMs),
        ...actorFields(event.actor),
        ...(event.needsApproval === true ? { needs_approval: true } : {}),
      });
    case 'token_withdrawn':
      return entry({ token_id: event.tokenId, ...causeFields(event) });
    case 'node_enrolled':
      return entry({
        token_id: event.tokenId,
        class: event.class,
        identity_key: event.identityKey,
        wg_public_keys: slotKeys(event.wgPublicKeys),
        addresses: [...event.addresses],
        ...(event.needsApproval === true ? { needs_approval: true } : {}),
      });
    case 'node_reenrolled':
      return entry({ token_id: event.tokenId });
    case 'wg_keys_changed':
    case 'identity_key_announced':
    case 'identity_key_changed':
    case 'certificate_issued':
      return entry(nodeKeyData(event));
    case 'benchmark_accepted': {
      const { benchmark } = event;
      return entry(
        { message_sha256: event.messageSha256, sequence: benchmark.sequence },
        {
          details: {
            scores: { ...benchmark.scores },
            samples: benchmark.samples === undefined ? null : { ...benchmark.samples },
            measured_by: benchmark.measuredBy ?? 'self',
            suite_version: benchmark.suiteVersion,
            measured_at: formatRfc3339(benchmark.measuredAtMs),
            arrived_at: formatRfc3339(benchmark.arrivedAtMs),
            ...driftData(benchmark),
            ...defined({ attestor: event.attestor }),
            ...(benchmark.watch === undefined ? {} : { watch: watchData(benchmark.watch) }),
          },
        },
      );
    }
    case 'message_rejected':
      return entry({ kind: event.kind, code: event.code }, { details: { detail: event.detail } });
    case 'messages_rejected':
      return entry({
        since: formatRfc3339(event.sinceMs),
        refusals: event.refusals.map(({ kind, code, count }) => ({ kind, code, count })),
      });
    case 'instance_conflict':
      return entry({ running: event.running, refused: event.refused ?? null });
    case 'endpoint_reported':
      return entry(
        { sequence: event.sequence, ...hashField(event) },
        { details: { advertise: [...event.endpoint.advertise], observed: event.observedAddress ?? null } },
      );
    case 'node_left':
      return entry({ sequence: event.sequence, instance_id: event.instanceId, ...hashField(event) });
    case 'node_unreachable':
      return entry(
        { since: formatRfc3339(event.sinceMs), code: event.code, ...hashField(event) },
        { details: { detail: event.detail } },
      );
    case 'node_reachable':
      return entry({});
    case 'brake_engaged':
    case 'brake_ended':
    case 'node_held':
    case 'hold_released':
    case 'hold_ended': {
      const { data, details } = brakeLogEntry(event);
      return entry(data, { details });
    }
    case 'ca_rotation_started':
    case 'ca_trusted':
    case 'ca_rotation_finished':
      return entry(caLogData(event));
    case 'pair_limits_set':
      return entry(limitsLogData(event));
    case 'master_key_rotation_started':
    case 'master_key_rotation_finished':
    case 'master_key_rotated_at_rest':
      return entry(masterKeyLogData(event));
    case 'config_key_prepared':
    case 'config_key_confirmed':
    case 'config_key_switched':
    case 'config_key_finished':
    case 'config_key_aborted':
      return entry(configKeyLogData(event));
    case 'log_key_prepared':
    case 'log_key_finished':
    case 'log_key_aborted':
      return entry(logKeyLogData(event));
    case 'node_details_erased':
    case 'details_expired':
      return entry(erasureLogData(event));
    case 'configs_told':
      return entry(toldLogData(event));
    case 'node_denied':
      return entry(
        { reason_code: event.reason.code },
        {
          details: {
            reason: { ...event.reason } as JsonValue,
            ...(event.causes === undefined ? {} : { causes: [...event.causes] }),
          },
        },
      );
    case 'node_admitted':
    case 'node_declining':
    case 'node_recovered':
    case 'probation_began':
      return entry(
        { reason_code: event.reason.code },
        { details: { reason: { ...event.reason } as JsonValue } },
      );
    case 'node_quarantined':
      return entry({
        ...causeFields(event),
        ...(event.untilMs === undefined ? {} : { until: formatRfc3339(event.untilMs) }),
      });
    case 'node_released':
    case 'node_revoked':
    case 'node_approved':
    case 'node_rejected':
      return entry(causeFields(event));
    case 'node_class_changed':
      return entry({ from: event.from, to: event.to, ...causeFields(event) });
    case 'node_deleted':
      return entry({
        class: event.class,
        addresses_held_until: formatRfc3339(event.addressesHeldUntilMs),
        ...causeFields(event),
      });
    case 'sequences_reset':
      return entry({ lowered: { ...event.lowered } as JsonValue, to: event.to, ...causeFields(event) });
    case 'officers_set':
    case 'request_signed':
    case 'request_authorised':
    case 'request_carried_out':
    case 'request_refused':
    case 'maintenance_started':
    case 'maintenance_ended':
    case 'class_revoked':
    case 'class_released': {
      const { data, details } = officerLogEntry(event);
      return entry(data, { details });
    }
    case 'admin_key_created':
    case 'admin_key_expired':
    case 'admin_key_used':
      return entry(adminKeyData(event));
    case 'policy_changed':
    case 'policy_applied':
      return entry(policyLogData(event));
    case 'epoch_opened':
      return entry({
        activate_at: formatRfc3339(event.activateAtMs),
        commitment: event.commitment,
        cause: event.cause,
        admitted: event.admittedCount,
        ...(event.actor === undefined ? {} : actorFields(event.actor)),
      });
    default:
      return event satisfies never;
  }
}
