// The epoch and the head of the log, as the live state shows them.

import type { Clock } from '@mesh/host';
import { type EpochRecord, epochsAt, type MeshView } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import type { LiveEpoch, LiveHead } from '@mesh/protocol';
import { cosignersOf } from '../../../publish/cosigners-of.ts';
import type { MemberCosignatures } from '../../../publish/member-cosignatures.ts';
import type { PublishedLog } from '../../../publish/published-log.ts';

export interface LiveMeshPorts {
  readonly view: MeshView;
  readonly expiryOf: (epoch: EpochRecord) => number;
  readonly publishedLog: Pick<PublishedLog, 'head' | 'checkpoint'>;
  readonly memberCosignatures: Pick<MemberCosignatures, 'status'>;
  readonly clock: Clock;
}

/** @returns null before the first epoch */
export function liveEpochOf({ view, expiryOf, clock }: LiveMeshPorts): LiveEpoch | null {
  const { current, next } = epochsAt(view, clock.nowMs());
  const epoch = current ?? next;
  if (epoch === undefined) return null;
  return {
    id: epoch.epochId,
    active_at: formatRfc3339(epoch.activateAtMs),
    ends_at: formatRfc3339(expiryOf(epoch)),
    next:
      next === undefined || next === epoch
        ? null
        : { id: next.epochId, active_at: formatRfc3339(next.activateAtMs) },
  };
}

export function liveHeadOf({ publishedLog, memberCosignatures }: LiveMeshPorts): LiveHead {
  const { size, rootHash } = publishedLog.head();
  const { newest, required } = memberCosignatures.status();
  return {
    size,
    root_hash: rootHash,
    cosigned_by: cosignersOf(publishedLog.checkpoint()),
    member_cosignatures: newest,
    required_member_cosignatures: required,
  };
}
