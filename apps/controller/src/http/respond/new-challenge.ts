// A challenge against which a node proves that it has its WireGuard keys.

import type { Clock } from '@mesh/host';
import { formatRfc3339, type MeshId } from '@mesh/primitives';
import type { EnrolmentChallenge } from '@mesh/protocol';
import type { EnrolmentChallenges } from '../../trust/enrolment-challenges.ts';

export interface NewChallengePorts {
  readonly meshId: MeshId;
  readonly enrolments: EnrolmentChallenges;
  readonly clock: Clock;
}

export function newChallenge({ enrolments, clock, meshId }: NewChallengePorts): EnrolmentChallenge {
  const nowMs = clock.nowMs();
  const { challengeId, publicKey, expiresAtMs } = enrolments.create(nowMs);
  return {
    mesh_id: meshId,
    challenge_id: challengeId,
    x25519_public_key: Buffer.from(publicKey).toString('base64'),
    expires_at: formatRfc3339(expiresAtMs),
    server_time_ms: nowMs,
  };
}
