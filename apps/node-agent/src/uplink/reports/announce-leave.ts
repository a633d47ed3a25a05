// Announces to the controller that this node leaves, so that the other nodes drop it at once and not only
// when its benchmark turns stale. It tries only once, because the operator who takes the node down is
// waiting.

import { formatRfc3339 } from '@mesh/primitives';
import { type NodeClient, type Sign, signMessage } from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import { messageOf } from '../../errors/agent-error.ts';
import type { Enrolment } from '../../identity/enrolment-file.ts';
import type { SequenceFile } from '../../identity/sequence-file.ts';

export interface LeavePorts {
  readonly enrolment: Enrolment;
  readonly instanceId: string;
  readonly client: Pick<NodeClient, 'leave'>;
  readonly sign: Sign;
  readonly sequences: Pick<SequenceFile, 'next'>;
  readonly controllerClock: ControllerClock;
}

const LEAVE_TIMEOUT_MS = 3_000;

/** @returns why the controller could not be told; null where it was told */
export function tryToAnnounceLeave(ports: LeavePorts): Promise<string | null> {
  return announceLeave(ports, AbortSignal.timeout(LEAVE_TIMEOUT_MS)).then(() => null, messageOf);
}

/** Resolves once the controller has answered; rejects as the client does. */
async function announceLeave(ports: LeavePorts, signal: AbortSignal): Promise<void> {
  const { enrolment, instanceId, client, sign, sequences, controllerClock } = ports;
  const message = signMessage(
    'leave',
    {
      mesh_id: enrolment.mesh_id,
      node_id: enrolment.node_id,
      sequence: await sequences.next('leave'),
      sent_at: formatRfc3339(controllerClock.nowMs()),
      instance_id: instanceId,
    },
    sign,
  );
  await client.leave(message, signal);
}
