// Sends the controller a signed report of where this node's WireGuard listens, if that differs from the last
// report.

import { LogField, type Logger, sleep, type Timers } from '@mesh/host';
import { formatRfc3339 } from '@mesh/primitives';
import {
  type AdvertisedEndpoint,
  type NodeClient,
  ProblemError,
  type Sign,
  sameEndpoint,
  signMessage,
} from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import type { EnrolmentStore } from '../../identity/enrolment-store.ts';
import type { SequenceFile } from '../../identity/sequence-file.ts';
import { backoffMs } from '../channel/backoff.ts';
import { resumeSequence } from '../channel/resume-sequence.ts';

export interface ReportEndpointPorts {
  readonly store: EnrolmentStore;
  readonly client: Pick<NodeClient, 'reportEndpoint'>;
  readonly sign: Sign;
  readonly sequences: Pick<SequenceFile, 'next' | 'resumeAbove'>;
  readonly controllerClock: ControllerClock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly logger: Logger;
  readonly reported: () => void;
}

const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };

/** Tries until the controller has accepted the report or the signal aborts. Never rejects. */
export async function reportEndpoint(
  endpoint: AdvertisedEndpoint,
  ports: ReportEndpointPorts,
  signal: AbortSignal,
): Promise<void> {
  if (sameEndpoint(endpoint, ports.store.current.endpoint)) return;
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      await reportOnce(endpoint, ports, signal);
      await ports.store.update({ endpoint });
      ports.reported();
      return;
    } catch (error) {
      if (signal.aborted) return;
      await resumeSequence(ports.sequences, 'endpoint', error);
      ports.logger.warn({ [LogField.error]: error }, 'the endpoint could not be reported yet');
      const retryAfter = error instanceof ProblemError ? error.retryAfterSeconds : undefined;
      const waitMs = backoffMs(failures, ports.random(), BACKOFF, retryAfter);
      await sleep(ports.timers, waitMs, signal).catch(() => undefined);
    }
  }
}

async function reportOnce(
  endpoint: AdvertisedEndpoint,
  ports: ReportEndpointPorts,
  signal: AbortSignal,
): Promise<void> {
  const { mesh_id, node_id } = ports.store.current;
  const message = signMessage(
    'endpoint',
    {
      mesh_id,
      node_id,
      sequence: await ports.sequences.next('endpoint'),
      sent_at: formatRfc3339(ports.controllerClock.nowMs()),
      ...endpoint,
    },
    ports.sign,
  );
  await ports.client.reportEndpoint(message, signal);
}
